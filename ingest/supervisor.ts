/**
 * Keeps one session for each registered stream: at every control job, and once a second, it compares what is desired
 * with what runs. A lost job therefore changes nothing but the moment.
 */
import type { Log } from '../shared/log.js'
import type { SlabInfo } from '../shared/slab/info.js'
import type { EffectiveStream } from '../shared/stream/effective.js'
import type { RingReservation } from '../shared/stream/stream.js'
import type { DecodedStream } from './memory.js'
import type { SessionHost } from './session/host.js'
import { Session } from './session/session.js'
import type { AttachedSlab, SlabFollower } from './slab-follower.js'

const PERIOD_MS = 1000

/** Where the supervisor learns what is desired. */
export interface Desires {
  streams(): Promise<EffectiveStream[]>
  slabs(): Promise<SlabInfo[]>
}

export class Supervisor {
  readonly #desires: Desires
  readonly #host: SessionHost
  readonly #follower: SlabFollower
  readonly #log: Log
  readonly #sessions = new Map<string, Session>()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null
  #closed = false

  constructor(desires: Desires, host: SessionHost, follower: SlabFollower) {
    this.#desires = desires
    this.#host = host
    this.#follower = follower
    this.#log = host.log
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), PERIOD_MS)
    this.#tick()
  }

  get hasSlab(): boolean {
    return this.#follower.size > 0
  }

  get streams(): number {
    return this.#sessions.size
  }

  decoderPids(): number[] {
    return [...this.#sessions.values()].flatMap(session => session.decoderPids)
  }

  /** Which processes decode which stream. */
  decodedStreams(): DecodedStream[] {
    return [...this.#sessions].map(([id, { decoderPids }]) => ({ id, pids: decoderPids }))
  }

  /** Resolves after a pass that began after this call. While Redis is away one pass waits, and no more gather. */
  reconcile(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#pass().finally(() => {
        this.#running = null
      })
      return this.#running
    }
    this.#next ??= this.#running
      .catch(() => undefined) // told to whoever asked for that pass
      .then(() => {
        this.#next = null
        return this.reconcile()
      })
    return this.#next
  }

  /** Ends every decoder, within their grace. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await Promise.all([...this.#sessions.values()].map(session => session.close('shutdown')))
    this.#sessions.clear()
    this.#follower.close()
  }

  #tick(): void {
    for (const [id, session] of this.#sessions) this.#host.out.report(id, session.report())
    if (!this.#next)
      this.reconcile().catch(error => this.#log.warn({ err: error }, 'the streams could not be reconciled'))
  }

  async #pass(): Promise<void> {
    const [desired, slabs] = await Promise.all([this.#desires.streams(), this.#desires.slabs()])
    if (this.#closed) return
    this.#follower.follow(slabs)
    await this.#removeAllBut(desired)
    if (this.#closed) return
    for (const stream of desired) this.#ensure(stream)
    this.#follower.sweep(slab => [...this.#sessions.values()].some(session => session.uses(slab)))
  }

  /** First of all: another stream may have got the ring of a removed one already, or slots of one that has fewer now. */
  async #removeAllBut(desired: readonly EffectiveStream[]): Promise<void> {
    const wanted = new Map(desired.map(stream => [stream.id, stream]))
    const gone = [...this.#sessions].flatMap(([id, session]) => {
      const now = wanted.get(id)
      const stays = now?.createdAtMs === session.stream.createdAtMs
      return stays && sameRing(now.ring, session.stream.ring)
        ? []
        : [{ id, session, now: stays ? now : null }]
    })
    await Promise.all(gone.map(({ session, now }) => session.close(now ? 'shutdown' : 'removed')))
    for (const { id } of gone) this.#sessions.delete(id)
    this.#follower.retireRows((id, incarnation) => wanted.get(id)?.createdAtMs === incarnation)
    for (const { id, now } of gone) if (now) this.#follower.yieldSlots(id, now.createdAtMs, now.ring.slots)
  }

  #ensure(stream: EffectiveStream): void {
    const slab = this.#follower.slabOf(stream.model)
    const session = this.#sessions.get(stream.id)
    if (!session) {
      this.#sessions.set(stream.id, new Session(stream, slab, this.#host))
      return
    }
    session.update(stream)
    session.useSlab(slab ?? this.#kept(session))
  }

  /** While the model of a stream is not served, it stays with the one that it had. */
  #kept(session: Session): AttachedSlab | null {
    return session.slab && this.#follower.has(session.slab) ? session.slab : null
  }
}

function sameRing(a: RingReservation, b: RingReservation): boolean {
  return (
    a.row === b.row && a.slots.length === b.slots.length && a.slots.every((slot, i) => slot === b.slots[i])
  )
}
