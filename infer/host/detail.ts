/** What the infer process says of itself in its heartbeat: the device, its default model, and every model that it hosts. */
import os from 'node:os'
import type { Config } from '../../config/schema.js'
import { freeBytes } from '../../shared/native/libc.js'
import type { GpuReport } from '../../shared/process/gpu-report.js'
import type { InferDetail } from '../../shared/process/report.js'
import { BusyMeter } from '../busy-meter.js'
import type { Inference } from '../inference.js'
import type { BatchStats } from '../pipeline.js'
import { chooseThreads } from '../tune.js'
import type { ModelHost } from './host.js'
import type { RunningModel } from './hosted-model.js'

type Totals = BatchStats & { messagesLost: number }

/** Sums of the whole device go on when a model is unloaded. */
export class DetailSource {
  readonly #busy = new BusyMeter()
  /** What each inference had counted when it was last seen, and the sum of those that are gone. */
  readonly #counted = new Map<Inference, Totals>()
  #gone: Totals = { batches: 0, framesInferred: 0, bucketFrames: 0, busyMs: 0, messagesLost: 0 }

  constructor(
    private readonly config: Config,
    private readonly deviceId: string,
    private readonly host: ModelHost,
    /** The default model as it was loaded at start: its facts outlive a failure of its engine. */
    private readonly first: RunningModel,
    private readonly limitBytes: number,
    private readonly gpu: () => GpuReport | null,
  ) {}

  detail(): InferDetail {
    const { loaded, inference } = this.first
    const { batches, framesInferred, bucketFrames, busyMs, messagesLost } = this.#totals()
    return {
      stage: 'infer',
      deviceId: this.deviceId,
      engine: loaded.engineInfo.engine,
      device: loaded.engineInfo.device,
      model: loaded.model.name,
      classes: loaded.model.classes,
      inputWidthPx: loaded.model.widthPx,
      inputHeightPx: loaded.model.heightPx,
      buckets: [...inference.runMs.keys()],
      threads: chooseThreads(this.config.infer.threads, os.availableParallelism()),
      batchWindowMs: inference.windowMs,
      batches,
      framesInferred,
      fill: bucketFrames === 0 ? 0 : framesInferred / bucketFrames,
      busy: this.#busy.share(busyMs),
      messagesLost,
      slabBytes: this.host.running.reduce((sum, running) => sum + running.loaded.slab.layout.totalBytes, 0),
      shmFreeBytes: freeBytes(this.config.slab.dir),
      memoryLimitBytes: this.limitBytes,
      memoryChargedBytes: this.host.chargedBytes,
      models: this.host.models.map(model => model.report()),
      gpu: this.gpu(),
    }
  }

  #totals(): Totals {
    const running = this.host.running.map(({ inference }) => inference)
    for (const inference of running) this.#counted.set(inference, totalsOf(inference))
    for (const [inference, totals] of this.#counted) {
      if (running.includes(inference)) continue
      this.#counted.delete(inference)
      this.#gone = sum(this.#gone, totals)
    }
    return [...this.#counted.values()].reduce(sum, this.#gone)
  }
}

function totalsOf(inference: Inference): Totals {
  return { ...inference.stats, messagesLost: inference.messagesLost }
}

function sum(a: Totals, b: Totals): Totals {
  return {
    batches: a.batches + b.batches,
    framesInferred: a.framesInferred + b.framesInferred,
    bucketFrames: a.bucketFrames + b.bucketFrames,
    busyMs: a.busyMs + b.busyMs,
    messagesLost: a.messagesLost + b.messagesLost,
  }
}
