/** Follows what an operator sets of the batch window of this device, twice a second: it holds for every model that runs there. */
import { messageOf } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import type { Budgets } from '../../shared/redis/budgets.js'

const PERIOD_MS = 500

/** A Redis that is away changes nothing. @param apply null: as the settings say. Called each time, for models that came since. */
export function followBatchWindow(
  budgets: Pick<Budgets, 'of'>,
  device: string,
  apply: (batchWindowMs: number | null) => void,
  log: Log,
): { close(): void } {
  let underWay = false
  let closed = false
  async function look(): Promise<void> {
    if (underWay) return
    underWay = true
    try {
      const { batchWindowMs } = await budgets.of(device)
      if (!closed) apply(batchWindowMs)
    } catch (error) {
      if (!closed) log.warn({ reason: messageOf(error) }, 'the batch window of this device is not known')
    } finally {
      underWay = false
    }
  }
  const timer = setInterval(() => void look(), PERIOD_MS)
  void look()
  return {
    close(): void {
      closed = true
      clearInterval(timer)
    },
  }
}
