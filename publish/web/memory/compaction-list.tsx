/** What Ringside did about fragmentation by itself, or when asked: what it freed, and what that cost in time. */
import { compactions } from '../store/memory.js'
import { usePoll } from '../store/poll.js'
import { describeCompaction, whyWords } from '../words/alert.js'
import { formatClock } from '../words/format.js'

const SHOWN = 8

export function CompactionList() {
  const list = usePoll(compactions).data ?? []
  return (
    <section aria-labelledby="compactions-title">
      <h2 id="compactions-title">Compactions</h2>
      {list.length === 0 && (
        <p class="hint">None yet: memory was not fragmented enough to be worth the time.</p>
      )}
      {list.length > 0 && (
        <ol class="panel log">
          {list.slice(0, SHOWN).map(report => (
            <li key={`${report.atMs}-${report.device}-${report.model}`} data-compaction={report.device}>
              <time>{formatClock(report.atMs)}</time>
              <span class="log-text">
                <strong>{report.model ?? report.device}</strong> {describeCompaction(report)}
              </span>
              <span class="hint">{whyWords[report.why]}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
