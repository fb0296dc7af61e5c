/** A problem as the server tells it: what is wrong, then what to do; of a refusal, the changes that would be admitted, each a button. */
import type { Problem } from '../../../shared/api/views.js'
import type { Remedy } from '../../../shared/budget/reservation.js'
import { formatAmount, resourceWords } from '../words/resource.js'

interface Props {
  problem: Problem
  onDismiss?: () => void
  /** Of the past: it is there to be read, and interrupts nobody. */
  past?: boolean
  /** Applies one of the remedies; absent where the place has nothing to apply it to. */
  onRemedy?: (remedy: Remedy) => void
}

export function ProblemNote({ problem, onDismiss, past = false, onRemedy }: Props) {
  const { detail, remedy, remedies = [] } = problem
  const offers = onRemedy !== undefined && remedies.length > 0
  return (
    <div class={offers ? 'problem refusal' : 'problem'} role={past ? undefined : 'alert'}>
      <p>
        <strong>{detail}</strong>
        {remedy && !offers && <span> {remedy}</span>}
      </p>
      <RefusalFigures problem={problem} />
      {offers && (
        <div class="remedies">
          {remedies.map(each => (
            <button key={each.text} type="button" data-remedy={each.kind} onClick={() => onRemedy(each)}>
              {remedyText(each)}
            </button>
          ))}
        </div>
      )}
      {onDismiss && (
        <button type="button" class="quiet" onClick={onDismiss}>
          Dismiss
        </button>
      )}
    </div>
  )
}

/** "Compute on cpu-0: asked 21 %, free 4.2 % of 70 %, estimated." */
function RefusalFigures({ problem }: Pick<Props, 'problem'>) {
  const { binding, device, asked, free, limit, basis } = problem
  if (binding === undefined || asked === undefined || free === undefined || limit === undefined) return null
  const of = (amount: number): string => formatAmount(binding, amount)
  return (
    <p class="hint" data-binding={binding}>
      {resourceWords[binding].name} on {device}: asked {of(asked)}, free {of(free)} of {of(limit)}, {basis}.
    </p>
  )
}

/** Whoever presses it should know that others pay for it. */
function remedyText({ kind, text, change }: Remedy): string {
  return kind === 'evict' ? `Pause ${(change.evict ?? []).join(', ')} first` : `Take ${text}`
}
