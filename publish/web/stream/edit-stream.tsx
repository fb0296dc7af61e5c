/** The form to change a stream's model, fallback, frame rate cap, priority and ring while it runs. */

import { useEffect, useRef } from 'preact/hooks'
import type { StreamView } from '../../../shared/api/views.js'
import type { Remedy } from '../../../shared/budget/reservation.js'
import { ringside } from '../api/ringside.js'
import { CameraFields } from '../camera/camera-fields.js'
import { type CameraDraft, changedWishes } from '../camera/hints.js'
import { prepareRemedy } from '../camera/remedy.js'
import { fieldOf, useDraft } from '../camera/use-draft.js'
import { ProblemNote } from '../shell/problem-note.js'
import { useAction } from '../shell/use-action.js'
import { streams } from '../store/streams.js'

const changeable = ['model', 'fallbackModel', 'fps', 'priority', 'ringSlots'] as const

export function EditStream({ stream, onDone }: { stream: StreamView; onDone: () => void }) {
  const saving = useAction()
  const draft = useDraft(saving.problem, draftOf(stream))
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector('select')?.focus(), [])
  const save = async (remedy?: Remedy): Promise<void> => {
    if (!draft.check(...changeable)) return
    const change = changedWishes(stream, draft.values)
    if (Object.keys(change).length > 0) {
      const asked = saving.run(async () =>
        ringside.change(stream.id, { ...change, ...(remedy && (await prepareRemedy(remedy))) }),
      )
      if (!(await asked)) return
      await streams.refresh()
    }
    onDone()
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    void save()
  }
  const { problem } = saving
  return (
    <form ref={form} class="form" aria-labelledby="settings-title" onSubmit={submit} noValidate>
      <CameraFields draft={draft} fields={changeable} />
      <div class="row">
        <button type="submit" class="primary" disabled={saving.busy}>
          {saving.busy ? 'Saving…' : 'Save'}
        </button>
        <button type="button" onClick={onDone}>
          Cancel
        </button>
      </div>
      {problem && fieldOf(problem) === null && (
        <ProblemNote problem={problem} onRemedy={remedy => void save(remedy)} />
      )}
    </form>
  )
}

function draftOf({ id, url, model, fps, priority, fallbackModel, ringSlots }: StreamView): CameraDraft {
  return {
    id,
    url,
    model: model ?? '',
    fps: fps === null ? '' : String(fps),
    priority: String(priority),
    fallbackModel: fallbackModel ?? '',
    ringSlots: String(ringSlots),
  }
}
