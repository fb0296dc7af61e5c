/** What may be done to the budget of a device, and what it is. Knows nothing of HTTP. */
import type { BudgetView } from '../../shared/api/views.js'
import type { BudgetSettings } from '../../shared/budget/budget.js'
import { limitsOf } from '../../shared/budget/limits.js'
import { usedOf } from '../../shared/budget/sum.js'
import type { BudgetChange, Budgets } from '../../shared/redis/budgets.js'
import type { Ledger } from '../../shared/redis/ledger.js'
import type { KnowledgeSource } from '../knowledge.js'
import { checkBudget } from './budget-check.js'
import { waitBriefly } from './wait-briefly.js'

export interface BudgetCommandParts {
  budgets: Budgets
  ledger: Ledger
  knowledge: KnowledgeSource
  /** A budget that was changed must outlive a crash. Never rejects. */
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
   * @throws RingsideError `unknown_device`; `budget_invalid` where not even what no stream can give back would fit, or where
   * streams would be promised memory that infer, by its settings, never loads a model into.
   */
  async change(device: string, change: BudgetChange, by: string): Promise<BudgetView> {
    const known = await this.#parts.knowledge.of(device)
    const held = usedOf(
      (await this.#parts.ledger.list()).filter(({ holder }) => holder.startsWith('held:')),
      device,
    )
    const check = (after: BudgetSettings, before: BudgetSettings): void =>
      checkBudget({ change, before, after }, known, held)
    await this.#parts.budgets.change(device, change, by, check)
    await waitBriefly(this.#parts.persist())
    return this.find(device)
  }
}
