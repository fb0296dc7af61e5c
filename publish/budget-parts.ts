/** Everything in publish that knows of budgets, made once: routes, controller and sweeps share it. */
import type { BudgetSettings } from '../shared/budget/budget.js'
import { Budgets, budgetDefaults } from '../shared/redis/budgets.js'
import { Capacities } from '../shared/redis/capacities.js'
import type { RedisConnection } from '../shared/redis/connection.js'
import { History } from '../shared/redis/history.js'
import { Ledger } from '../shared/redis/ledger.js'
import { Profiles } from '../shared/redis/profiles.js'
import type { Reports } from '../shared/redis/reports.js'
import { KnowledgeSource } from './knowledge.js'

export interface BudgetParts {
  ledger: Ledger
  budgets: Budgets
  history: History
  profiles: Profiles
  knowledge: KnowledgeSource
}

/** @param settings `budget` of the configuration: what holds where nothing is overridden. */
export function budgetParts(
  { redis, keys }: RedisConnection,
  reports: Reports,
  settings: Omit<BudgetSettings, 'batchWindowMs'>,
): BudgetParts {
  const budgets = new Budgets(redis, keys, budgetDefaults(settings))
  const capacities = new Capacities(redis, keys)
  const profiles = new Profiles(redis, keys)
  return {
    ledger: new Ledger(redis, keys),
    budgets,
    history: new History(redis, keys),
    profiles,
    knowledge: new KnowledgeSource({ capacities, budgets, profiles, reports }),
  }
}
