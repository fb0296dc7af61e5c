/** The form to add a camera; it then stays with the new stream until it is live or says why not. */

import { useState } from 'preact/hooks'
import type { Remedy } from '../../../shared/budget/reservation.js'
import { type ProbeAnswer, ringside } from '../api/ringside.js'
import { ProblemNote } from '../shell/problem-note.js'
import { useAction } from '../shell/use-action.js'
import { streams } from '../store/streams.js'
import { CameraFields, everyField } from './camera-fields.js'
import { FirstSteps } from './first-steps.js'
import { wishesOf } from './hints.js'
import { ProbeNote } from './probe-note.js'
import { prepareRemedy } from './remedy.js'
import { fieldOf, useDraft } from './use-draft.js'

export function AddCamera() {
  const adding = useAction()
  const probing = useAction()
  const draft = useDraft(adding.problem ?? probing.problem)
  const [answer, setAnswer] = useState<ProbeAnswer | null>(null)
  const [added, setAdded] = useState<string | null>(null)
  const problem = adding.problem ?? probing.problem

  const add = async (remedy?: Remedy): Promise<void> => {
    probing.dismiss()
    if (!draft.check(...everyField)) return
    const { id, url } = draft.values
    const stream = { id, url: url.trim(), ...wishesOf(draft.values) }
    const asked = adding.run(async () =>
      ringside.add({ ...stream, ...(remedy && (await prepareRemedy(remedy))) }),
    )
    if (!(await asked)) return
    setAdded(id)
    setAnswer(null)
    draft.reset()
    await streams.refresh()
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    void add()
  }
  const test = async (): Promise<void> => {
    adding.dismiss()
    setAnswer(null)
    if (!draft.check('url')) return
    await probing.run(async () => setAnswer(await ringside.probe(draft.values.url.trim())))
  }

  return (
    <div class="narrow">
      <h1>Add a camera</h1>
      {added && <FirstSteps id={added} />}
      <form class="panel form" onSubmit={submit} noValidate>
        <CameraFields draft={draft} fields={everyField} />
        <div class="row">
          <button type="submit" class="primary" disabled={adding.busy}>
            {adding.busy ? 'Adding…' : 'Add camera'}
          </button>
          <button type="button" disabled={probing.busy} onClick={() => void test()}>
            {probing.busy ? 'Testing…' : 'Test camera'}
          </button>
        </div>
        <div role="status" aria-live="polite">
          {probing.busy && <p class="hint">Asking the camera; this takes a few seconds.</p>}
          {answer && <ProbeNote answer={answer} />}
        </div>
        {problem && fieldOf(problem) === null && (
          <ProblemNote problem={problem} onRemedy={remedy => void add(remedy)} />
        )}
      </form>
    </div>
  )
}
