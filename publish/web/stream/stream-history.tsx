/** What happened to a stream: who changed what of it, and what Ringside did by itself; the newest first. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { HistoryEntry } from '../../../shared/budget/degradation.js'
import { budgetApi } from '../api/budget.js'
import { createPoll } from '../store/poll.js'
import { useValue } from '../store/use-value.js'
import { describeActor, describeChanges, historyWords } from '../words/budget.js'
import { formatMoment } from '../words/format.js'

const POLL_MS = 3000
const SHOWN = 6

export function StreamHistory({ id }: { id: string }) {
  const poll = useMemo(
    () => createPoll(async () => (await budgetApi.history(id)).entries.reverse(), POLL_MS),
    [id],
  )
  useEffect(() => poll.hold(), [poll])
  const { data, problem } = useValue(poll.value)
  const [all, setAll] = useState(false)
  const entries = data ?? []
  return (
    <section class="panel" aria-labelledby="history-title" data-history={id}>
      <div class="panel-head">
        <h2 id="history-title">History</h2>
      </div>
      {problem && <p class="hint">{problem.detail}</p>}
      {data?.length === 0 && <p class="hint">Nothing was changed yet.</p>}
      <ol class="log">
        {(all ? entries : entries.slice(0, SHOWN)).map((entry, i) => (
          <Line key={`${entry.at}-${entries.length - i}`} entry={entry} />
        ))}
      </ol>
      {entries.length > SHOWN && (
        <button type="button" class="quiet" onClick={() => setAll(!all)}>
          {all ? 'Show the newest' : `Show all ${entries.length}`}
        </button>
      )}
    </section>
  )
}

function Line({ entry }: { entry: HistoryEntry }) {
  const { at, what, by, changes, reason } = entry
  const { word, tone } = historyWords[what]
  return (
    <li data-what={what}>
      <time>{formatMoment(at)}</time>
      <span class="log-text">
        <strong class={`tone-${tone}`}>{word}</strong> {describeChanges(changes)}
        {reason && <span class="hint"> {reason}</span>} <span class="hint">by {describeActor(by)}</span>
      </span>
    </li>
  )
}
