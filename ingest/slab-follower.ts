/** Follows the slabs that infer announces: maps a new one, and unmaps the old when no session writes to it any more. */
import { monotonicMs } from '../shared/clock.js'
import { messageOf } from '../shared/errors.js'
import type { Log } from '../shared/log.js'
import type { SlabInfo } from '../shared/slab/info.js'
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
  readonly #current = new Map<string, AttachedSlab & { announcedMonoMs: number }>()
  readonly #retired = new Set<AttachedSlab>()
  #complaint = ''

  constructor(log: Log) {
    this.#log = log
  }

  /** Makes the attached slabs those that are announced. */
  follow(announced: readonly SlabInfo[]): void {
    const now = monotonicMs()
    for (const info of announced) {
      const known = this.#current.get(info.id)
      if (known?.info.epoch === info.epoch) known.announcedMonoMs = now
      else this.#attach(info, now)
    }
    for (const [id, attached] of this.#current)
      if (now - attached.announcedMonoMs > WITHDRAWN_GRACE_MS) this.#retire(id)
  }

  /** The slab that feeds a model; null is the default model, which the first slab feeds. */
  slabOf(model: string | null): AttachedSlab | null {
    for (const attached of this.#current.values())
      if (model === null || attached.info.model === model) return attached
    return null
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

  #attach(info: SlabInfo, now: number): void {
    try {
      const slab = Slab.attach(info.path)
      if (slab.epoch !== info.epoch) {
        slab.close()
        throw new Error(`its file is of epoch ${slab.epoch}, not ${info.epoch}`)
      }
      this.#retire(info.id)
      this.#current.set(info.id, { info, slab, announcedMonoMs: now })
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
