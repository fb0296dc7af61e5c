/** What may be done to the budget of a device, and what it is. Knows nothing of HTTP. */
import type { BudgetView } from '../../shared/api/views.js'
import type { BudgetSettings } from '../../shared/budget/budget.js'
import { limitsOf } from '../../shared/budget/limits.js'
import { amountText, resourceName } from '../../shared/budget/refusal-text.js'
import { usedOf } from '../../shared/budget/sum.js'
import { RingsideError } from '../../shared/errors.js'
import type { BudgetChange, Budgets } from '../../shared/redis/budgets.js'
import type { Ledger } from '../../shared/redis/ledger.js'
import type { KnowledgeSource } from '../knowledge.js'

export interface BudgetCommandParts {
  budgets: Budgets
  ledger: Ledger
  knowledge: KnowledgeSource
  /** A budget that was changed must outlive a crash. */
  persist(): Promise<void>
}

export class BudgetCommands {
  readonly #parts: BudgetCommandParts

  constructor(parts: BudgetCommandParts) {
    this.#parts = parts
  }

  /** @throws RingsideError `unknown_device` */
  async find(device: string): Promise<BudgetView> {
    const { budgets, ledger, knowledge } = this.#parts
    const [known, overrides, all] = await Promise.all([
      knowledge.of(device),
      budgets.overrides(device),
      ledger.list(),
    ])
    const { settings, capacity } = known
    const reservations = all.filter(reservation => reservation.device === device)
    const used = usedOf(reservations, device)
    return { device, settings, overrides, capacity, limits: limitsOf(known), used, reservations }
  }

  /**
   * Takes effect at once for what is asked from now on. Where streams take more than the new budget allows, they are degraded.
   * @param by whose change it is, for the history.
   * @throws RingsideError `unknown_device`; `budget_invalid` where not even what no stream can give back would fit.
   */
  async change(device: string, change: BudgetChange, by: string): Promise<BudgetView> {
    const known = await this.#parts.knowledge.of(device)
    const held = usedOf(
      (await this.#parts.ledger.list()).filter(({ holder }) => holder.startsWith('held:')),
      device,
    )
    const check = (after: BudgetSettings): void => {
      const limits = limitsOf({ ...known, settings: after })
      for (const resource of ['deviceBytes', 'hostBytes'] as const) {
        const limit = limits[resource]
        if (limit === null || held[resource] <= limit) continue
        const [takes, allows] = [amountText(resource, held[resource]), amountText(resource, limit)]
        throw new RingsideError(
          'budget_invalid',
          `Of ${resourceName(resource)} the budget would allow ${allows}, and what infer keeps loaded whoever streams takes ${takes}.`,
          {
            key: 'memoryFraction',
            value: String(after.memoryFraction),
            remedy: 'Allow more, or choose a smaller default model (model.name).',
          },
        )
      }
    }
    await this.#parts.budgets.change(device, change, by, check)
    await this.#parts.persist()
    return this.find(device)
  }
}
