/** What can be done to a stream: pause or resume, and remove after a question; failures are told beside the buttons. */
import { useState } from 'preact/hooks'
import type { StreamView } from '../../../shared/api/views.js'
import type { Remedy } from '../../../shared/budget/reservation.js'
import { ringside } from '../api/ringside.js'
import { prepareRemedy } from '../camera/remedy.js'
import { ConfirmDialog } from '../shell/confirm-dialog.js'
import { ProblemNote } from '../shell/problem-note.js'
import { useAction } from '../shell/use-action.js'
import { streams } from '../store/streams.js'

interface Props {
  stream: Pick<StreamView, 'id' | 'enabled'>
  onRemoved?: () => void
}

export function StreamActions({ stream, onRemoved }: Props) {
  const action = useAction()
  const [asking, setAsking] = useState(false)
  const toggle = (remedy?: Remedy): void => {
    void action.run(async () => {
      const wishes = remedy && (await prepareRemedy(remedy))
      await ringside.change(stream.id, { enabled: !stream.enabled, ...wishes })
      await streams.refresh()
    })
  }
  const remove = async (): Promise<void> => {
    setAsking(false)
    const removed = await action.run(() => ringside.remove(stream.id))
    if (removed) onRemoved?.()
    await streams.refresh()
  }
  return (
    <>
      <button
        type="button"
        disabled={action.busy}
        onClick={() => toggle()}
        aria-label={`${stream.enabled ? 'Pause' : 'Resume'} ${stream.id}`}
      >
        {stream.enabled ? 'Pause' : 'Resume'}
      </button>
      <button
        type="button"
        class="danger"
        disabled={action.busy}
        onClick={() => setAsking(true)}
        aria-label={`Remove ${stream.id}`}
      >
        Remove
      </button>
      {action.problem && (
        <ProblemNote problem={action.problem} onDismiss={action.dismiss} onRemedy={toggle} />
      )}
      {asking && (
        <ConfirmDialog
          title={`Remove ${stream.id}?`}
          action={`Remove ${stream.id}`}
          onConfirm={() => void remove()}
          onCancel={() => setAsking(false)}
        >
          Its decoder stops and its stored address and password are deleted. To keep them and only stop
          decoding, pause it instead.
        </ConfirmDialog>
      )}
    </>
  )
}
