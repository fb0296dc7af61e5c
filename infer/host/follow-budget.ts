/** Follows what an operator sets of the budget of this device, twice a second: batch window and memory, for all models that run there. */
import type { BudgetSettings } from '../../shared/budget/budget.js'
import { messageOf } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import type { Budgets } from '../../shared/redis/budgets.js'
import { type Repeated, repeat } from '../repeat.js'

const PERIOD_MS = 500

/** A Redis that is away changes nothing. @param apply is called each time, for models that came since. */
export function followBudget(
  budgets: Pick<Budgets, 'of'>,
  device: string,
  apply: (settings: BudgetSettings) => void,
  log: Log,
): Repeated {
  return repeat({
    everyMs: PERIOD_MS,
    read: () => budgets.of(device),
    act: apply,
    failed: error => log.warn({ reason: messageOf(error) }, 'the budget of this device is not known'),
  })
}
