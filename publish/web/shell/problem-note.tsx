/** A problem as the server tells it: what is wrong, then what to do. */
import type { Problem } from '../../../shared/api/views.js'

export function ProblemNote({ problem, onDismiss }: { problem: Problem; onDismiss?: () => void }) {
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{problem.detail}</strong>
        {problem.remedy && <span> {problem.remedy}</span>}
      </p>
      {onDismiss && (
        <button type="button" class="quiet" onClick={onDismiss}>
          Dismiss
        </button>
      )}
    </div>
  )
}
