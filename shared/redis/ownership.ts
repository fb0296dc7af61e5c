/** One owner a role: two writers of one ring, or two readers of one slab, would tear frames. A second process stands by. */
import type { Redis } from 'ioredis'
import { monotonicMs, sleep } from '../clock.js'
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
  let renewedAt = 0
  const renew = async (): Promise<boolean> => (await claim(redis, key, instance, TTL_MS)) === 1
  return {
    async acquire(signal, onStandby): Promise<boolean> {
      let toldStandby = false
      while (!signal.aborted) {
        if (await renew()) {
          renewedAt = monotonicMs()
          timer = setInterval(keep, RENEW_MS)
          return true
        }
        if (!toldStandby) onStandby()
        toldStandby = true
        await sleep(RENEW_MS, signal)
      }
      return false
    },
    async release(): Promise<void> {
      clearInterval(timer)
      await claim(redis, key, instance, 0)
    },
  }

  /** A Redis that is away takes the role from nobody: the claim waits with it, and only a live rival ends it. */
  async function keep(): Promise<void> {
    if (await renew()) renewedAt = monotonicMs()
    else if (monotonicMs() - renewedAt > 0) {
      clearInterval(timer)
      onLost()
    }
  }
}
