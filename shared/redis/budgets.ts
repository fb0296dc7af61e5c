/** The budget of each device: the settings, and what its operator overrode of them. Everybody reads budgets here. */
import type { Redis } from 'ioredis'
import type { BudgetSettings } from '../budget/budget.js'
import type { HistoryEntry } from '../budget/degradation.js'
import { AUDIT_LINES, changesOf, HISTORY_LINES } from './history.js'
import type { Keys } from './keys.js'
import { loadScript } from './lua.js'

const changeBudget = loadScript('change-budget-3')

export type BudgetOverrides = Partial<BudgetSettings>
/** null takes an override away: the settings hold again. */
export type BudgetChange = { [key in keyof BudgetSettings]?: BudgetSettings[key] | null }

export const budgetKeys = [
  'memoryFraction',
  'reserveFraction',
  'utilisation',
  'maxStreams',
  'batchWindowMs',
  'latencyTargetMs',
] as const satisfies readonly (keyof BudgetSettings)[]

/** What of the settings makes a budget. */
export function budgetDefaults(settings: Omit<BudgetSettings, 'batchWindowMs'>): BudgetSettings {
  const { memoryFraction, reserveFraction, utilisation, maxStreams, latencyTargetMs } = settings
  return { memoryFraction, reserveFraction, utilisation, maxStreams, batchWindowMs: null, latencyTargetMs }
}

export class Budgets {
  readonly #redis: Redis
  readonly #keys: Keys
  readonly #defaults: BudgetSettings

  constructor(redis: Redis, keys: Keys, defaults: BudgetSettings) {
    this.#redis = redis
    this.#keys = keys
    this.#defaults = defaults
  }

  async of(device: string): Promise<BudgetSettings> {
    return { ...this.#defaults, ...(await this.overrides(device)) }
  }

  async overrides(device: string): Promise<BudgetOverrides> {
    return parsed(await this.#redis.hget(this.#keys.budgets, device))
  }

  /**
   * Concurrent changes are taken one after the other; the line of history is written with the change.
   * @param check may refuse the budget that would come of it.
   */
  async change(
    device: string,
    change: BudgetChange,
    by: string,
    check: (after: BudgetSettings, before: BudgetSettings) => void = () => undefined,
  ): Promise<BudgetSettings> {
    for (;;) {
      const json = await this.#redis.hget(this.#keys.budgets, device)
      const before = { ...this.#defaults, ...parsed(json) }
      const overrides = overriddenBy(parsed(json), change)
      const after = { ...this.#defaults, ...overrides }
      check(after, before)
      const changes = changesOf(before, after, budgetKeys)
      const entry: HistoryEntry = { id: device, at: Date.now(), what: 'changed', by, changes, reason: null }
      if (await this.#replace(device, json, overrides, changes.length > 0 ? entry : null)) return after
    }
  }

  async #replace(
    device: string,
    json: string | null,
    overrides: BudgetOverrides,
    entry: HistoryEntry | null,
  ): Promise<boolean> {
    const { budgets, history, audit } = this.#keys
    const next = Object.keys(overrides).length > 0 ? JSON.stringify(overrides) : ''
    const line = entry ? JSON.stringify(entry) : ''
    const args = [device, json ?? '', next, line, HISTORY_LINES, AUDIT_LINES] as const
    return (await changeBudget(this.#redis, budgets, history(device), audit, ...args)) === 1
  }
}

function overriddenBy(overrides: BudgetOverrides, change: BudgetChange): BudgetOverrides {
  const all = Object.entries({ ...overrides, ...change })
  return Object.fromEntries(all.filter(([, value]) => value !== null && value !== undefined))
}

function parsed(json: string | null): BudgetOverrides {
  return json ? (JSON.parse(json) as BudgetOverrides) : {}
}
