/** A problem as the server tells it: what is wrong, then what to do. */
import type { Problem } from '../../../shared/api/views.js'

interface Props {
  problem: Problem
  onDismiss?: () => void
  /** Of the past: it is there to be read, and interrupts nobody. */
  past?: boolean
}

export function ProblemNote({ problem, onDismiss, past = false }: Props) {
  return (
    <div class="problem" role={past ? undefined : 'alert'}>
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
