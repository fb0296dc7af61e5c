/**
 * An engine that is turned by hand: it reads its slots and answers when the test says so, in whatever order. What it answers is
 * what stands in the pixels, so that a result of the wrong frame shows. For properties of what surrounds an engine: which
 * order of events a real one would choose is left to chance there.
 */

import type { Engine, EngineBatch, EngineInfo, EngineResult } from '../../infer/engine/engine.js'
import { RingsideError } from '../../shared/errors.js'
import type { Slab } from '../../shared/slab/slab.js'

interface UnderWay {
  batch: EngineBatch
  onUploaded: () => void
  uploaded: Float32Array | null
  resolve(result: EngineResult): void
  reject(error: RingsideError): void
}

/** Values of one frame in a result: the first four bytes of its pixels. */
export const VALUES = 4

export class CrankedEngine implements Engine {
  readonly underWay: UnderWay[] = []
  /** The most batches that were under way at once. */
  most = 0
  runs = 0

  constructor(private readonly slab: Slab) {}

  load(): Promise<EngineInfo> {
    return Promise.reject(new RingsideError('engine_failed', 'A cranked engine has no model to load.'))
  }

  run(batch: EngineBatch, onUploaded: () => void): Promise<EngineResult> {
    this.runs++
    return new Promise((resolve, reject) => {
      this.underWay.push({ batch, onUploaded, uploaded: null, resolve, reject })
      this.most = Math.max(this.most, this.underWay.length)
    })
  }

  /** Reads the slots of a batch, as an upload does. */
  upload(which: number): void {
    const run = this.underWay[which]
    if (!run || run.uploaded) return
    run.uploaded = Float32Array.from(
      run.batch.slots.flatMap(slot => [...this.slab.pixels(slot).subarray(0, VALUES)]),
    )
    run.onUploaded()
  }

  /** Ends a batch well. */
  async end(which: number): Promise<void> {
    this.upload(which)
    const [run] = this.underWay.splice(which, 1)
    if (run) run.resolve({ candidates: run.uploaded!, inferMs: 1 })
    await settled()
  }

  async fail(which: number, error: RingsideError): Promise<void> {
    const [run] = this.underWay.splice(which, 1)
    if (run) run.reject(error)
    await settled()
  }

  async close(): Promise<void> {
    while (this.underWay.length > 0) await this.fail(0, new RingsideError('engine_failed', 'It is closed.'))
  }

  stats(): null {
    return null
  }
}

/** Every promise that can settle by now has. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
