/** What the test of a camera found, in plain words. */
import type { ProbeAnswer } from '../api/ringside.js'
import { Icon } from '../shell/icon.js'
import { describeSource } from '../words/source.js'
import { adviceFor } from '../words/state.js'

export function ProbeNote({ answer }: { answer: ProbeAnswer }) {
  if (answer.ok) {
    return (
      <p class="probe tone-good" data-probe="ok">
        <Icon name="good" /> <strong>The camera works:</strong> {describeSource(answer.source)}
      </p>
    )
  }
  return (
    <p class="probe tone-bad" data-probe="failed">
      <Icon name="bad" /> <strong>{answer.reason.text}</strong> {adviceFor(answer.reason.code)}
    </p>
  )
}
