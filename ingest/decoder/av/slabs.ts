/** The slabs that this decoder process has mapped, each once however many of its streams write there. */
import { RingWriter } from '../../../shared/slab/ring-writer.js'
import { Slab } from '../../../shared/slab/slab.js'
import type { RingAddress } from '../backend.js'

export interface MappedRing {
  address: RingAddress
  writer: RingWriter
  /** No view of the slab may be used afterwards. Idempotent. */
  release(): void
}

export class MappedSlabs {
  /** By path and epoch. */
  readonly #mapped = new Map<string, { slab: Slab; users: number }>()

  /** Takes the ring over from whoever wrote it before. @throws where the slab is no more, or is another by now. */
  take(address: RingAddress): MappedRing {
    const key = `${address.path}:${address.slabEpoch}`
    const mapped = this.#mapped.get(key) ?? { slab: attach(address), users: 0 }
    this.#mapped.set(key, mapped)
    mapped.users++
    const stream = { id: address.stream, incarnation: address.incarnation }
    let taken = true
    return {
      address,
      writer: new RingWriter(mapped.slab, address.reservation, stream, address.leaseTimeoutMs),
      release: () => {
        if (!taken) return
        taken = false
        if (--mapped.users > 0) return
        this.#mapped.delete(key)
        mapped.slab.close()
      },
    }
  }
}

function attach({ path, slabEpoch }: RingAddress): Slab {
  const slab = Slab.attach(path)
  if (slab.epoch === slabEpoch) return slab
  slab.close()
  throw new Error(`the slab is of epoch ${slab.epoch}, not ${slabEpoch}`)
}
