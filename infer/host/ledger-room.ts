/** Asks the ledger for room that this process is about to take beside its streams, as admission asks for a stream's. */
import type { Config } from '../../config/schema.js'
import { limitsOf } from '../../shared/budget/limits.js'
import type { StageContext } from '../../shared/process/stage.js'
import { Budgets, budgetDefaults } from '../../shared/redis/budgets.js'
import { Ledger } from '../../shared/redis/ledger.js'
import type { DeviceFacts } from '../engine/device.js'
import { capacityOf, type Held, reservationOf } from './capacity.js'

/**
 * @returns whether there was room, and it is reserved: for as long as the report of what is held renews it. While Redis is away
 * nobody else is admitted either, and what is taken meanwhile is reported when it is back.
 */
export function ledgerRoom(
  { connection: { redis, keys }, instance }: Pick<StageContext, 'connection' | 'instance'>,
  config: Pick<Config, 'slab' | 'budget' | 'infer'>,
  facts: DeviceFacts,
): (held: Held) => Promise<boolean> {
  const budgets = new Budgets(redis, keys, budgetDefaults(config.budget))
  const ledger = new Ledger(redis, keys)
  return async held => {
    if (redis.status !== 'ready') return true
    const settings = await budgets.of(facts.id)
    const limits = limitsOf({ capacity: capacityOf(config, facts, ''), settings, profiles: new Map() })
    return (await ledger.reserve(reservationOf(held, facts.id, instance), limits)).ok
  }
}
