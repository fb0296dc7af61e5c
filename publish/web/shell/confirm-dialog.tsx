/** Asks before something is done that cannot be undone. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface Props {
  title: string
  /** What is lost. */
  children: ComponentChildren
  /** The button that does it. */
  action: string
  onConfirm: () => void
  onCancel: () => void
}

export function ConfirmDialog({ title, children, action, onConfirm, onCancel }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const asked = document.activeElement
    dialog.current?.showModal()
    // A dialog that is taken off the page gives the focus back to nobody.
    return () => asked instanceof HTMLElement && asked.focus()
  }, [])
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onCancel={onCancel}>
      <h2 id="confirm-title">{title}</h2>
      <p>{children}</p>
      <div class="row end">
        <button type="button" onClick={onCancel}>
          Keep it
        </button>
        <button type="button" class="danger solid" onClick={onConfirm}>
          {action}
        </button>
      </div>
    </dialog>
  )
}
