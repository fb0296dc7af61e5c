/** What the controller of budgets does to the world: Redis is written in one step with what is told of it, and ingest is hastened. */
import type { Log } from '../../shared/log.js'
import type { ControlQueue } from '../../shared/redis/control-queue.js'
import type { Degradations } from '../../shared/redis/degradations.js'
import type { BudgetOutlet } from './controller.js'

export function budgetOutlet(
  degradations: Degradations,
  control: Pick<ControlQueue, 'reconcile'>,
  log: Log,
): BudgetOutlet {
  return {
    async record(inForce, restored, told): Promise<void> {
      await degradations.change(inForce, restored, told)
      for (const { event } of told) {
        const { stream, direction, kind, level, reason } = event
        log.info({ stream, direction, kind, step: level }, `budget: ${reason}`)
      }
    },
    async hasten(): Promise<void> {
      try {
        await control.reconcile('start', '*') // it looks at every stream, whatever the name
      } catch (error) {
        log.warn({ err: error }, 'ingest was not told of a degradation; it will find it by itself')
      }
    },
  }
}
