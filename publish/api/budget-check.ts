/** Which changes of a device's memory budget are refused: those that would promise less than what stays loaded, or more than infer loads. Pure. */
import type { BudgetSettings } from '../../shared/budget/budget.js'
import type { DeviceKnowledge } from '../../shared/budget/knowledge.js'
import { limitsOf } from '../../shared/budget/limits.js'
import { amountText, resourceName } from '../../shared/budget/refusal-text.js'
import type { Amounts } from '../../shared/budget/resources.js'
import { RingsideError } from '../../shared/errors.js'
import type { BudgetChange } from '../../shared/redis/budgets.js'

const memory = ['deviceBytes', 'hostBytes'] as const
type Memory = (typeof memory)[number]

/** A change of a device's budget, about to be made. */
export interface AskedBudget {
  change: BudgetChange
  before: BudgetSettings
  after: BudgetSettings
}

/** @param held what processes keep whichever streams run. @throws RingsideError `budget_invalid` */
export function checkBudget(asked: AskedBudget, known: DeviceKnowledge, held: Amounts): void {
  const from = limitsOf({ ...known, settings: asked.before })
  const to = limitsOf({ ...known, settings: asked.after })
  for (const resource of memory) {
    const [before, after] = [from[resource], to[resource]]
    if (before === null || after === null) continue
    if (after < before && after < held[resource]) throw tooLittle(asked, resource, after, held[resource])
  }
  const own = known.capacity.kind === 'gpu' ? 'deviceBytes' : 'hostBytes'
  const fixed = known.capacity.modelBytes ?? null
  const promised = to[own]
  if (fixed === null || promised === null || promised <= fixed || promised <= (from[own] ?? 0)) return
  const key = changedKey(asked, 'more')
  if (asked.change[key] !== null) throw tooMuch(asked.after[key], key, own, promised, fixed)
}

function tooLittle(asked: AskedBudget, resource: Memory, allows: number, takes: number): RingsideError {
  const key = changedKey(asked, 'less')
  return new RingsideError(
    'budget_invalid',
    `Of ${resourceName(resource)} the budget would allow ${amountText(resource, allows)}, and what infer keeps loaded whoever streams takes ${amountText(resource, takes)}.`,
    {
      key,
      value: String(asked.after[key]),
      remedy: 'Allow more, or choose a smaller default model (model.name).',
    },
  )
}

function tooMuch(
  value: number,
  key: MemoryKey,
  resource: Memory,
  promised: number,
  fixed: number,
): RingsideError {
  const setting = resource === 'deviceBytes' ? 'model.cuda.memoryBytes' : 'model.memoryBytes'
  return new RingsideError(
    'budget_invalid',
    `The settings fix ${amountText(resource, fixed)} of ${resourceName(resource)} for models (${setting}), and infer loads no more; the budget would promise ${amountText(resource, promised)}.`,
    {
      key,
      value: String(value),
      remedy: `Promise less, or set ${setting} to auto and restart infer: it then follows the budget.`,
    },
  )
}

type MemoryKey = 'memoryFraction' | 'reserveFraction'

/** The one that makes it less, or more; where both do, the fraction itself. */
function changedKey({ before, after }: AskedBudget, which: 'less' | 'more'): MemoryKey {
  const less = which === 'less'
  const byFraction = less
    ? after.memoryFraction < before.memoryFraction
    : after.memoryFraction > before.memoryFraction
  return byFraction ? 'memoryFraction' : 'reserveFraction'
}
