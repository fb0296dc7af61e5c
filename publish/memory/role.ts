/** Work that only one of several publish processes may do: it goes on in whichever owns the role, and elsewhere when that one is gone. */
import { sleep } from '../../shared/clock.js'
import type { StageContext } from '../../shared/process/stage.js'
import { createOwnership } from '../../shared/redis/ownership.js'

export interface Work {
  close(): Promise<void>
}

/** Several kinds of work that one process does, begun and ended together. */
export function together(...begins: readonly (() => Promise<Work>)[]): () => Promise<Work> {
  return async () => {
    const begun = await Promise.allSettled(begins.map(begin => begin()))
    const works = begun.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
    const close = async (): Promise<void> => {
      await Promise.all(works.map(work => work.close()))
    }
    const failed = begun.find(result => result.status === 'rejected')
    if (!failed) return { close }
    await close()
    throw failed.reason
  }
}

const BUDGET_ROLE = 'budget'
/** Where work could not begin. */
const RETRY_MS = 2000

/**
 * @param begin starts the work; called each time that the role is won. What it throws is logged, and tried again.
 * @returns what ends it, and lets the role go.
 */
export function whileOwner(
  context: Pick<StageContext, 'connection' | 'instance' | 'log'>,
  begin: () => Promise<Work>,
  role = BUDGET_ROLE,
): Work {
  const closing = new AbortController()
  const done = keepOwning()
  return {
    async close(): Promise<void> {
      closing.abort()
      await done
    },
  }

  async function keepOwning(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await own()
      } catch (error) {
        context.log.warn({ err: error, role }, 'the work of this role could not begin; trying again')
        await sleep(RETRY_MS, closing.signal)
      }
    }
  }

  async function own(): Promise<void> {
    const { redis, keys } = context.connection
    const ended = new AbortController()
    const lost = (): void => {
      context.log.warn({ role }, 'another process took this role')
      ended.abort()
    }
    const ownership = createOwnership(redis, keys, role, context.instance, lost)
    const standby = (): void => context.log.debug({ role }, 'another process has this role; standing by')
    if (!(await ownership.acquire(closing.signal, standby))) return
    try {
      const work = await begin()
      await aborted(AbortSignal.any([closing.signal, ended.signal]))
      await work.close()
    } finally {
      const released = ownership.release().catch((error: unknown) => {
        context.log.debug({ err: error, role }, 'the role lapses by itself')
      })
      if (redis.status === 'ready') await released // else Redis is away, and the role lapses in seconds
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
