/** Every five seconds a process tells Redis what it holds, by owner; the report goes with the process. */
import { sleep } from '../clock.js'
import { messageOf } from '../errors.js'
import type { Allocation, AllocationReport } from '../memory/allocation.js'
import { ALLOCATIONS_PERIOD_MS, Allocations } from '../redis/allocations.js'
import { hostAllocations, nothingAttributed } from './own-allocations.js'
import { readOwnMemory } from './own-memory.js'
import type { StageContext } from './stage.js'

/** A Redis that is away must not hold up the end of a process. */
const FAREWELL_MS = 500

type Context = Pick<StageContext, 'connection' | 'instance' | 'log'>

/** @param more what the process answers for beyond its own memory, such as the processes that it started. */
export function startAllocationReports(
  { connection: { redis, keys }, instance, log }: Context,
  stage: AllocationReport['stage'],
  more: () => readonly Allocation[] = () => [],
): { close(): Promise<void> } {
  const allocations = new Allocations(redis, keys)
  const isUp = (): boolean => redis.status === 'ready'
  let underWay = false

  async function tell(): Promise<void> {
    if (underWay || !isUp()) return
    underWay = true
    try {
      const own = hostAllocations(await readOwnMemory(), nothingAttributed)
      const report = { stage, instance, pid: process.pid, atMs: Date.now(), allocations: [...own, ...more()] }
      await allocations.write(report)
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'what this process holds could not be told')
    } finally {
      underWay = false
    }
  }

  const timer = setInterval(() => void tell(), ALLOCATIONS_PERIOD_MS)
  void tell()
  return {
    async close(): Promise<void> {
      clearInterval(timer)
      if (isUp()) await Promise.race([allocations.remove({ stage, instance }), sleep(FAREWELL_MS)])
    },
  }
}
