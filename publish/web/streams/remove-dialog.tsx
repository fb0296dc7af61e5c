/** Asks before a stream is removed: its source URL cannot be had back. */
import { useEffect, useRef } from 'preact/hooks'

export function RemoveDialog(props: { id: string; onConfirm: () => void; onCancel: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} aria-labelledby="remove-title" onCancel={props.onCancel}>
      <h2 id="remove-title">Remove {props.id}?</h2>
      <p>
        Its decoder stops and its stored address and password are deleted. To keep them and only stop
        decoding, pause it instead.
      </p>
      <div class="row end">
        <button type="button" onClick={props.onCancel}>
          Keep it
        </button>
        <button type="button" class="danger solid" onClick={props.onConfirm}>
          Remove {props.id}
        </button>
      </div>
    </dialog>
  )
}
