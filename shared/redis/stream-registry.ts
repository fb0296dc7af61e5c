/** The desired state of every stream. REST writes it; the stages read it and make it so. */
import type { Redis } from 'ioredis'
import type { Overflow } from '../budget/decide.js'
import type { HistoryEntry } from '../budget/degradation.js'
import type { Reservation } from '../budget/reservation.js'
import type { Limits } from '../budget/resources.js'
import { RingsideError } from '../errors.js'
import type { DesiredStream } from '../stream/stream.js'
import { AUDIT_LINES, HISTORY_LINES, REMOVED_HISTORY_S } from './history.js'
import type { Keys } from './keys.js'
import { overflowOf, reservationArguments, type ScriptReply } from './ledger.js'
import { loadScript } from './lua.js'
import { Saver } from './saver.js'

const createStream = loadScript('create-stream-4')
const updateStream = loadScript('update-stream-4')
const removeStream = loadScript('remove-stream-5')

/** Capacity of the slab, from the settings. */
export interface SlabCapacity {
  maxStreams: number
  ringSlots: number
}

/** What is recorded with a change of a stream, in the same script. */
export interface WithChange {
  /** null reserves nothing: no device is known, or the stream is paused. */
  reserve: { reservation: Reservation; limits: Limits } | null
  /** Record the reservation whatever the limits: the change asks for nothing more. */
  isFact?: boolean
  entry: HistoryEntry | null
}

const nothing: WithChange = { reserve: null, entry: null }

/** The ledger has no room for the stream: nothing was changed. */
export class LedgerFull extends Error {
  constructor(readonly overflow: Overflow) {
    super(`${overflow.binding}: ${overflow.asked} asked, ${overflow.free} free`)
  }
}

export class StreamRegistry {
  readonly #redis: Redis
  readonly #keys: Keys
  readonly #saver: Saver

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis
    this.#keys = keys
    this.#saver = new Saver(redis)
  }

  async list(): Promise<DesiredStream[]> {
    const records = await this.#redis.hvals(this.#keys.streams)
    return records.map(json => JSON.parse(json) as DesiredStream).sort((a, b) => a.id.localeCompare(b.id))
  }

  async find(id: string): Promise<DesiredStream | null> {
    const json = await this.#redis.hget(this.#keys.streams, id)
    return json ? (JSON.parse(json) as DesiredStream) : null
  }

  /** @throws RingsideError `stream_exists` or `slab_full`, with what is free; LedgerFull. */
  async create(
    record: Omit<DesiredStream, 'ring'>,
    capacity: SlabCapacity,
    { slots = capacity.ringSlots, ...withChange }: WithChange & { slots?: number } = nothing,
  ): Promise<DesiredStream> {
    const { streams, reservations, history, audit } = this.#keys
    const reply = (await createStream(
      this.#redis,
      ...[streams, reservations, history(record.id), audit],
      ...[record.id, JSON.stringify(record), capacity.maxStreams * capacity.ringSlots, capacity.maxStreams],
      slots,
      ...reserveArguments(withChange),
      ...entryArguments(withChange),
    )) as ScriptReply
    if (reply[0] === 'exists') throw streamExists(record.id)
    if (reply[0] === 'full') throw slabFull(slots, Number(reply[1]), Number(reply[2]), capacity.maxStreams)
    throwOverflow(reply)
    return JSON.parse(String(reply[1])) as DesiredStream
  }

  /**
   * Applies `change` to the record as it is now, but for its ring; concurrent changes are taken one after the other.
   * @param slots of its ring from now on: the first of those that it has, and free ones where they are too few.
   * @param withChange what is recorded with it; it may look at both, and refuse by throwing.
   * @throws RingsideError `unknown_stream` or `slab_full`; LedgerFull.
   */
  async update(
    id: string,
    change: (record: DesiredStream) => DesiredStream,
    {
      slots,
      withChange,
    }: {
      slots?: { wanted: number; capacity: SlabCapacity }
      withChange?: (before: DesiredStream, after: DesiredStream) => Promise<WithChange>
    } = {},
  ): Promise<DesiredStream> {
    for (;;) {
      const before = await this.find(id)
      if (!before) throw unknownStream(id)
      const next = { ...change(before), revision: before.revision + 1, updatedAtMs: Date.now() }
      const recorded = withChange ? await withChange(before, next) : nothing
      const updated = await this.#replace(before, next, slots, recorded)
      if (updated) return updated
    }
  }

  /** @returns null where somebody else changed the record since. */
  async #replace(
    before: DesiredStream,
    { ring, ...record }: DesiredStream,
    slots: { wanted: number; capacity: SlabCapacity } | undefined,
    withChange: WithChange,
  ): Promise<DesiredStream | null> {
    const { streams, reservations, history, audit } = this.#keys
    const { id, revision } = before
    const wanted = slots?.wanted ?? ring.slots.length
    const reply = (await updateStream(
      this.#redis,
      ...[streams, reservations, history(id), audit],
      ...[id, revision, JSON.stringify(record)],
      ...[slots ? slots.capacity.maxStreams * slots.capacity.ringSlots : 0, wanted],
      ...reserveArguments(withChange),
      withChange.isFact ? 'fact' : '',
      ...entryArguments(withChange),
    )) as ScriptReply
    if (reply[0] === 'missing') throw unknownStream(id)
    if (reply[0] === 'changed') return null
    if (reply[0] === 'full') throw slabFull(wanted, Number(reply[1]), null, slots?.capacity.maxStreams)
    throwOverflow(reply)
    return JSON.parse(String(reply[1])) as DesiredStream
  }

  /** With its ring, its reservation and what the stages reported of it. */
  async remove(id: string, entry: HistoryEntry | null = null): Promise<void> {
    const { streams, reservations, history, audit, actual } = this.#keys
    const keys = [streams, reservations, history(id), audit, actual(id)]
    const args = [id, ...entryArguments({ entry }), REMOVED_HISTORY_S]
    if ((await removeStream(this.#redis, ...keys, ...args)) === 0) throw unknownStream(id)
  }

  /** What an operator declared must outlive a crash. Resolves when Redis has saved it. */
  persist(): Promise<void> {
    return this.#saver.save()
  }
}

function reserveArguments({ reserve }: WithChange): [string, string, string] {
  return reserve ? reservationArguments(reserve.reservation, reserve.limits) : ['', '', '']
}

function entryArguments({ entry }: Pick<WithChange, 'entry'>): [string, number, number] {
  return [entry ? JSON.stringify(entry) : '', HISTORY_LINES, AUDIT_LINES]
}

function throwOverflow(reply: ScriptReply): void {
  const overflow = overflowOf(reply)
  if (overflow) throw new LedgerFull(overflow)
}

export function streamExists(id: string): RingsideError {
  return new RingsideError('stream_exists', `A stream with the id ${id} is registered already.`, {
    key: 'id',
    value: id,
    remedy: 'Choose another id, change the stream (PATCH, or `ringside stream set`), or remove it first.',
  })
}

/** @param freeSlots those that no other stream has. @param freeRows null where the stream has its row. */
function slabFull(
  slots: number,
  freeSlots: number,
  freeRows: number | null,
  rows: number | undefined,
): RingsideError {
  const text =
    freeRows === null
      ? `The stream’s ring would take ${slots} slots; ${freeSlots} are its own or free.`
      : `A stream takes a ring of ${slots} slots and 1 of ${rows} rows; ${freeSlots} slots and ${freeRows} rows are free.`
  return new RingsideError('slab_full', text, {
    key: 'slab.maxStreams',
    ...(rows !== undefined && { value: String(rows) }),
    remedy: 'Remove a stream, give one fewer ring slots, or raise slab.maxStreams and restart.',
  })
}

export function unknownStream(id: string): RingsideError {
  return new RingsideError('unknown_stream', `No stream has the id ${id}.`, {
    key: 'id',
    value: id,
    remedy: 'GET /api/v1/streams, or `ringside stream ls`, lists the streams.',
  })
}
