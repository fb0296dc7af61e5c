/** Follows the slabs that infer announces: maps a new one, and unmaps the old when no session writes to it any more. */
import { monotonicMs } from '../shared/clock.js'
import { messageOf } from '../shared/errors.js'
import type { Log } from '../shared/log.js'
import { canonicalModelName } from '../shared/model/model-name.js'
import type { SlabInfo } from '../shared/slab/info.js'
import { FrameLedger } from '../shared/slab/ledger.js'
import { retireRow, yieldSlots } from '../shared/slab/ring-writer.js'
import { Slab } from '../shared/slab/slab.js'

export interface AttachedSlab {
  info: SlabInfo
  slab: Slab
}

/** infer withdraws its slab when it stops and announces one when it starts: a restart must not stop the decoders. */
const WITHDRAWN_GRACE_MS = 10_000

export class SlabFollower {
  readonly #log: Log
  /** By slab id. */
  readonly #current = new Map<string, AttachedSlab>()
  #announced: ReadonlySet<string> = new Set()
  readonly #announcedMonoMs = new Map<string, number>()
  readonly #retired = new Set<AttachedSlab>()
  #complaint = ''

  constructor(log: Log) {
    this.#log = log
  }

  /** Makes the attached slabs those that are announced. */
  follow(announced: readonly SlabInfo[]): void {
    const now = monotonicMs()
    this.#announced = new Set(announced.map(({ id }) => id))
    for (const info of announced) {
      this.#announcedMonoMs.set(info.id, now)
      const known = this.#current.get(info.id)
      if (known?.info.epoch !== info.epoch) this.#attach(info)
      else known.info = info // another model may be the default by now
    }
    for (const id of this.#current.keys()) {
      if (now - (this.#announcedMonoMs.get(id) ?? 0) <= WITHDRAWN_GRACE_MS) continue
      this.#retire(id)
      this.#announcedMonoMs.delete(id)
    }
  }

  /** Slabs that are mapped and announced. */
  get size(): number {
    return this.#current.size
  }

  /** The slab that feeds a model; null is the default model. One that is withdrawn takes no stream that is not there already. */
  slabOf(model: string | null): AttachedSlab | null {
    const name = model === null ? null : canonicalModelName(model)
    for (const [id, attached] of this.#current) {
      if (!this.#announced.has(id)) continue
      if (name === null ? attached.info.isDefault : attached.info.model === name) return attached
    }
    return null
  }

  /** Whether infer reads it, or may again in a moment. */
  has(attached: AttachedSlab): boolean {
    return this.#current.get(attached.info.id) === attached
  }

  /**
   * Frees the rows and slots of streams that are no more, in every slab that they ever wrote: another stream may get them.
   * @param lives whether a registration of a stream still stands.
   */
  retireRows(lives: (stream: string, incarnation: number) => boolean): void {
    for (const { slab } of this.#current.values()) {
      for (let row = 0; row < slab.layout.rowCount; row++) {
        const { stream, incarnation } = new FrameLedger(slab, row)
        if (stream && !lives(stream, incarnation)) retireRow(slab, row)
      }
    }
  }

  /** A stream's ring has these slots from here on, in every slab that it ever wrote. Call where it writes to none. */
  yieldSlots(stream: string, incarnation: number, kept: readonly number[]): void {
    for (const { slab } of this.#current.values()) {
      for (let row = 0; row < slab.layout.rowCount; row++) {
        const ledger = new FrameLedger(slab, row)
        if (ledger.stream === stream && ledger.incarnation === incarnation) yieldSlots(slab, row, kept)
      }
    }
  }

  /** Unmaps what nobody uses: a write to an unmapped slab would kill the process. */
  sweep(inUse: (attached: AttachedSlab) => boolean): void {
    for (const attached of this.#retired) {
      if (inUse(attached)) continue
      this.#retired.delete(attached)
      attached.slab.close()
    }
  }

  /** Called when every session is closed. */
  close(): void {
    for (const id of this.#current.keys()) this.#retire(id)
    this.sweep(() => false)
  }

  #attach(info: SlabInfo): void {
    try {
      const slab = Slab.attach(info.path)
      if (slab.epoch !== info.epoch) {
        slab.close()
        throw new Error(`its file is of epoch ${slab.epoch}, not ${info.epoch}`)
      }
      this.#retire(info.id)
      this.#current.set(info.id, { info, slab })
      this.#log.info({ slab: info.id, epoch: info.epoch }, 'attached to the slab')
    } catch (error) {
      const complaint = `${info.id} ${info.epoch} ${messageOf(error)}`
      if (complaint !== this.#complaint)
        this.#log.warn({ slab: info.id, err: error }, 'the announced slab cannot be mapped; trying again')
      this.#complaint = complaint
    }
  }

  #retire(id: string): void {
    const attached = this.#current.get(id)
    if (!attached) return
    this.#current.delete(id)
    this.#retired.add(attached)
  }
}
