/** What one publish process does about budgets for all of them: keeps streams within them, and the ledger to what runs. */
import { messageOf } from '../../shared/errors.js'
import type { StageContext } from '../../shared/process/stage.js'
import type { ControlQueue } from '../../shared/redis/control-queue.js'
import { Degradations } from '../../shared/redis/degradations.js'
import type { StreamRegistry } from '../../shared/redis/stream-registry.js'
import type { BudgetParts } from '../budget-parts.js'
import type { Work } from '../memory/role.js'
import { reconcileReservations } from '../reconcile-reservations.js'
import { BudgetController } from './controller.js'
import { budgetOutlet } from './outlet.js'
import { readScene } from './scene.js'

const PERIOD_MS = 500

export interface BudgetWorkParts extends BudgetParts {
  registry: StreamRegistry
  control: ControlQueue
}

/** @returns how the work begins, to be called by whoever owns the role. */
export function budgetWork(
  context: Pick<StageContext, 'connection' | 'reports' | 'log'>,
  settings: { degrade: boolean; recoverAfterMs: number },
  parts: BudgetWorkParts,
): () => Promise<Work> {
  const { connection, reports, log } = context
  const degradations = new Degradations(connection.redis, connection.keys)
  const outlet = budgetOutlet(degradations, parts.control, log)
  return async () => {
    const sceneParts = { ...parts, degradations, reports }
    const read = async () => {
      const scene = await readScene(sceneParts)
      const changed = scene ? await reconcileReservations(parts.ledger, scene) : 0
      return changed > 0 ? readScene(sceneParts) : scene
    }
    const controller = new BudgetController(read, outlet, settings)
    let complaint = ''
    return repeat(async () => {
      if (connection.redis.status !== 'ready') return
      try {
        await controller.look()
        complaint = ''
      } catch (error) {
        if (messageOf(error) !== complaint) log.warn({ err: error }, 'budgets could not be looked at')
        complaint = messageOf(error)
      }
    }, PERIOD_MS)
  }
}

/** One at a time, however long it takes. */
function repeat(look: () => Promise<void>, everyMs: number): Work {
  let underWay: Promise<void> | null = null
  const timer = setInterval(() => {
    underWay ??= look().finally(() => {
      underWay = null
    })
  }, everyMs)
  return {
    async close(): Promise<void> {
      clearInterval(timer)
      await underWay
    },
  }
}
