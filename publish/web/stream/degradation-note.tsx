/** What a stream runs with instead of what it declares, since when, and why. */
import type { StreamView } from '../../../shared/api/views.js'
import { formatRoute } from '../shell/route.js'
import { degradedTo } from '../words/budget.js'
import { formatDuration } from '../words/format.js'

export function DegradationNote({ stream }: { stream: StreamView }) {
  const { degradation } = stream
  if (!degradation) return null
  const { reason, sinceMs, level } = degradation
  return (
    <p class="degradation" role="status" data-degradation={level}>
      <strong>Degraded: {degradedTo(degradation, stream)}.</strong> {reason}{' '}
      <span class="since">For {formatDuration(Date.now() - sinceMs)}.</span> It climbs back by itself when
      there is room. <a href={formatRoute({ name: 'budget' })}>See the budget.</a>
    </p>
  )
}
