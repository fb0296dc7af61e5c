/** Snapshots of who holds what: take one, and see what lies between two. */
import { useState } from 'preact/hooks'
import { memoryApi } from '../api/memory.js'
import { ProblemNote } from '../shell/problem-note.js'
import { useAction } from '../shell/use-action.js'
import { snapshots } from '../store/memory.js'
import { usePoll } from '../store/poll.js'
import { whyWords } from '../words/alert.js'
import { formatBytes, formatMoment } from '../words/format.js'
import { SnapshotDiffView } from './snapshot-diff.js'

export function Snapshots() {
  const { data, problem } = usePoll(snapshots)
  const taking = useAction()
  const list = data ?? []
  const [from, setFrom] = useState<string | null>(null)
  const [to, setTo] = useState<string | null>(null)
  const before = list.find(({ id }) => id === from) ?? list[1] ?? null
  const after = list.find(({ id }) => id === to) ?? list[0] ?? null
  const take = (): void => {
    void taking.run(async () => {
      await memoryApi.takeSnapshot()
      await snapshots.refresh()
    })
  }
  const trouble = taking.problem ?? problem
  return (
    <section aria-labelledby="snapshots-title">
      <div class="section-head">
        <h2 id="snapshots-title">Snapshots</h2>
        <button type="button" disabled={taking.busy} onClick={take}>
          {taking.busy ? 'Taking…' : 'Take a snapshot'}
        </button>
      </div>
      {trouble && <ProblemNote problem={trouble} onDismiss={taking.dismiss} />}
      {list.length === 0 ? (
        <p class="hint">
          None yet. A snapshot names every allocation of Ringside by its owner; two of them show what grew.
        </p>
      ) : (
        <div class="memory">
          <article class="panel memory-lines">
            {before && after && before !== after ? (
              <SnapshotDiffView a={before.id} b={after.id} />
            ) : (
              <p class="hint">Two snapshots are needed to see what grew: take another, or choose two.</p>
            )}
          </article>
          <article class="panel">
            <div class="snapshot-line snapshot-head hint">
              <span>From</span>
              <span>To</span>
              <span>Taken</span>
            </div>
            <ul class="snapshots">
              {list.map(({ id, atMs, why, hostBytes, deviceBytes }) => (
                <li key={id} class="snapshot-line" data-snapshot={id}>
                  <Choice name="from" id={id} chosen={before?.id} onChoose={setFrom} />
                  <Choice name="to" id={id} chosen={after?.id} onChoose={setTo} />
                  <span title={id}>
                    {formatMoment(atMs)}{' '}
                    <span class="hint">
                      {whyWords[why]}, {formatBytes(hostBytes + deviceBytes)}
                    </span>
                  </span>
                </li>
              ))}
            </ul>
          </article>
        </div>
      )}
    </section>
  )
}

interface ChoiceProps {
  name: 'from' | 'to'
  id: string
  chosen: string | undefined
  onChoose: (id: string) => void
}

function Choice({ name, id, chosen, onChoose }: ChoiceProps) {
  return (
    <label class="snapshot-choice">
      <input
        type="radio"
        name={`snapshot-${name}`}
        checked={id === chosen}
        aria-label={`Compare ${name} ${id}`}
        onChange={() => onChoose(id)}
      />
    </label>
  )
}
