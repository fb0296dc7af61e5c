/** The form to change a stream's model, frame rate cap and priority while it runs. */
import { useEffect, useRef } from 'preact/hooks'
import type { StreamView } from '../../../shared/api/views.js'
import { ringside } from '../api/ringside.js'
import { CameraFields } from '../camera/camera-fields.js'
import { type CameraDraft, changedWishes } from '../camera/hints.js'
import { fieldOf, useDraft } from '../camera/use-draft.js'
import { ProblemNote } from '../shell/problem-note.js'
import { useAction } from '../shell/use-action.js'
import { streams } from '../store/streams.js'

const changeable = ['model', 'fps', 'priority'] as const

export function EditStream({ stream, onDone }: { stream: StreamView; onDone: () => void }) {
  const saving = useAction()
  const draft = useDraft(saving.problem, draftOf(stream))
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector('select')?.focus(), [])
  const save = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (!draft.check(...changeable)) return
    const change = changedWishes(stream, draft.values)
    if (Object.keys(change).length > 0) {
      if (!(await saving.run(() => ringside.change(stream.id, change)))) return
      await streams.refresh()
    }
    onDone()
  }
  const { problem } = saving
  return (
    <form ref={form} class="form" aria-labelledby="settings-title" onSubmit={e => void save(e)} noValidate>
      <CameraFields draft={draft} fields={changeable} />
      <div class="row">
        <button type="submit" class="primary" disabled={saving.busy}>
          {saving.busy ? 'Saving…' : 'Save'}
        </button>
        <button type="button" onClick={onDone}>
          Cancel
        </button>
      </div>
      {problem && fieldOf(problem) === null && <ProblemNote problem={problem} />}
    </form>
  )
}

function draftOf({ id, url, model, fps, priority }: StreamView): CameraDraft {
  return { id, url, model: model ?? '', fps: fps === null ? '' : String(fps), priority: String(priority) }
}
