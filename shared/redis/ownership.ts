/** One owner a role: two writers of one ring, or two readers of one slab, would tear frames. A second process stands by. */
import type { Redis } from 'ioredis'
import { sleep } from '../clock.js'
import type { StageContext } from '../process/stage.js'
import type { Keys } from './keys.js'
import { loadScript } from './lua.js'

const claim = loadScript('claim-owner-1')

const TTL_MS = 3000
const RENEW_MS = 500

export interface Ownership {
  /** Resolves once this process owns the role; false where `signal` ended the wait. */
  acquire(signal: AbortSignal, onStandby: () => void): Promise<boolean>
  release(): Promise<void>
}

/** @param onLost called when the role was lost to another process, which has begun to work: stop at once. */
export function createOwnership(
  redis: Redis,
  keys: Keys,
  role: string,
  instance: string,
  onLost: () => void,
): Ownership {
  const key = keys.owner(role)
  let timer: NodeJS.Timeout | undefined
  const renew = async (): Promise<boolean> => (await claim(redis, key, instance, TTL_MS)) === 1

  /** While Redis is away the claim waits with it: that takes the role from nobody. Only a live rival does. */
  async function keep(): Promise<void> {
    const kept = await renew().catch(() => true) // a Redis that is full refuses rivals too
    if (kept || timer === undefined) return
    clearInterval(timer)
    onLost()
  }

  return {
    async acquire(signal, onStandby): Promise<boolean> {
      for (let told = false; !signal.aborted; told = true) {
        if (await renew()) {
          timer = setInterval(keep, RENEW_MS)
          return true
        }
        if (!told) onStandby()
        await sleep(RENEW_MS, signal)
      }
      return false
    },
    async release(): Promise<void> {
      clearInterval(timer)
      timer = undefined
      await claim(redis, key, instance, 0)
    },
  }
}

/** Whether a process has the role now; one that was killed has it for some seconds still. */
export async function hasOwner(redis: Redis, keys: Keys, role: string): Promise<boolean> {
  return (await redis.exists(keys.owner(role))) === 1
}

/** Owns the role for the life of a stage: waits as standby until it is free, and fails the stage where a rival takes it. */
export async function acquireOwnership(context: StageContext, role: string): Promise<Ownership> {
  const { connection, instance, log, stopping, fail } = context
  const ownership = createOwnership(connection.redis, connection.keys, role, instance, () =>
    fail(new Error(`another process took the role ${role}`)),
  )
  const standby = (): void => log.warn({ role }, 'another process has this role; standing by')
  if (!(await ownership.acquire(stopping, standby)))
    throw new Error(`stopped while standing by for the role ${role}`)
  return ownership
}
