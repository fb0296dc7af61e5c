/**
 * One of many processes that add, change, pause, resize and remove streams, and hold room for themselves, as fast as they can,
 * until they are killed. What a stream should have reserved is in its record: `fps` is its computePpm, `priority` its hostBytes.
 * Arguments: URL of Redis, key prefix, seed. `node dist/test/tools/ledger-hammer.js …`
 */
import { pino } from 'pino'
import type { Limits } from '../../shared/budget/resources.js'
import { RingsideError } from '../../shared/errors.js'
import { connectRedis } from '../../shared/redis/connection.js'
import { Ledger } from '../../shared/redis/ledger.js'
import { LedgerFull, StreamRegistry, type WithChange } from '../../shared/redis/stream-registry.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import { amounts, noLimits, reservation, streamRecord } from './reservations.js'

export const STREAMS = 24
export const hammerCapacity = { maxStreams: 16, ringSlots: 4 }
/** About half of what all streams would take together, so that many are refused. */
export const hammerLimits: Limits = { ...noLimits, computePpm: 400, hostBytes: 90, streams: 12 }
/** What a process holds for itself: it may be refused too. */
export const HELD_BYTES = 8

export function reservationOf({ id, fps, priority, model }: Omit<DesiredStream, 'ring'>) {
  return reservation(`stream:${id}`, {
    model,
    own: amounts({ computePpm: fps ?? 0, hostBytes: priority, streams: 1 }),
    shared: amounts({ hostBytes: model === 'large' ? 20 : 10 }),
    priority,
  })
}

async function hammer(url: string, keyPrefix: string, seed: number): Promise<void> {
  const parent = process.ppid
  const { redis, keys } = connectRedis({ url, keyPrefix }, pino({ level: 'silent' }))
  const registry = new StreamRegistry(redis, keys)
  const ledger = new Ledger(redis, keys)
  const random = randomNumbers(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const withChange = async (_: unknown, after: DesiredStream): Promise<WithChange> => ({
    reserve: after.enabled ? { reservation: reservationOf(after), limits: hammerLimits } : null,
    entry: null,
  })
  const wishes = () => ({
    fps: below(80),
    priority: 1 + below(9),
    model: ['small', 'large'][below(2)] as string,
    enabled: below(4) > 0,
  })
  const acts: ((id: string) => Promise<unknown>)[] = [
    async id => {
      const record = streamRecord(id, wishes()) as DesiredStream
      return registry.create(record, hammerCapacity, await withChange(null, record))
    },
    id => registry.update(id, before => ({ ...before, ...wishes() }), { withChange }),
    id =>
      registry.update(id, before => before, {
        slots: { wanted: 2 + below(5), capacity: hammerCapacity },
        withChange,
      }),
    id => registry.remove(id),
    () => {
      const held = reservation(`held:test:${process.pid}:room`, {
        own: amounts({ hostBytes: HELD_BYTES }),
        expiresAtMs: Date.now(),
      })
      return ledger.reserve(held, hammerLimits)
    },
  ]
  for (let bursts = 0; process.ppid === parent; bursts++) {
    const burst = Array.from({ length: 4 }, () =>
      (acts[below(acts.length)] as (typeof acts)[0])(`s${below(STREAMS)}`),
    )
    for (const result of await Promise.allSettled(burst))
      if (result.status === 'rejected') check(result.reason)
    if (bursts === 0) process.stdout.write('at work\n')
  }
}

/** Refusals are what it came for; anything else ends it with an exit code that its test looks at. */
function check(error: unknown): void {
  const refused = ['stream_exists', 'slab_full', 'unknown_stream']
  if (error instanceof LedgerFull || (error instanceof RingsideError && refused.includes(error.code))) return
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(3)
}

/** mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const [url, prefix, seed] = process.argv.slice(2)
if (process.argv[1]?.endsWith('ledger-hammer.js')) await hammer(url as string, prefix as string, Number(seed))
