/** What is wrong with memory: what each alert means, and what to do. */
import type { Alert } from '../../../shared/memory/alert.js'
import { Badge } from '../shell/badge.js'
import { Prose } from '../shell/prose.js'
import { alerts } from '../store/memory.js'
import { usePoll } from '../store/poll.js'
import { alertWords } from '../words/alert.js'
import { formatBytes, formatDuration } from '../words/format.js'

export function AlertList() {
  const { data } = usePoll(alerts)
  if (!data) return null
  return (
    <section aria-labelledby="alerts-title">
      <h2 id="alerts-title">Alerts</h2>
      {data.length === 0 && <p class="hint">Nothing is wrong with memory.</p>}
      <ul class="alerts" role="status" aria-live="polite">
        {data.map(alert => (
          <AlertPanel key={alert.id} alert={alert} />
        ))}
      </ul>
    </section>
  )
}

function AlertPanel({ alert }: { alert: Alert }) {
  const { kind, device, state, meaning, remedy, owners, sinceMs, atMs } = alert
  const fires = state === 'firing'
  return (
    <li class={`panel alert edge-${fires ? 'bad' : 'good'}`} data-alert={alert.id}>
      <div class="card-head">
        <h3>
          {alertWords[kind]} {device && <span class="unit">{device}</span>}
        </h3>
        <Badge tone={fires ? 'bad' : 'good'} word={fires ? 'Firing' : 'Resolved'} state={state} />
      </div>
      <p>{meaning}</p>
      <p class="alert-remedy">
        <Prose text={remedy} />
      </p>
      {owners.length > 0 && (
        <p class="hint">
          Grew most: {owners.map(({ owner, bytes }) => `${owner} (${formatBytes(bytes)})`).join(', ')}
        </p>
      )}
      <p class="since">
        {fires
          ? `For ${formatDuration(Date.now() - sinceMs)}.`
          : `Resolved ${formatDuration(Date.now() - atMs)} ago.`}
      </p>
    </li>
  )
}
