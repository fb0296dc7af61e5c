/** What the infer process says of itself in its heartbeat: the device, its default model, and every model that it hosts. */
import os from 'node:os'
import type { Config } from '../../config/schema.js'
import { freeBytes } from '../../shared/native/libc.js'
import type { GpuReport } from '../../shared/process/gpu-report.js'
import type { CompactionTotals, InferDetail } from '../../shared/process/report.js'
import type { BatchStats } from '../batch/stats.js'
import { BusyMeter } from '../busy-meter.js'
import type { DeviceFacts } from '../engine/device.js'
import { addGaps, noGaps } from '../gap-meter.js'
import type { Inference } from '../inference.js'
import { chooseThreads } from '../tune.js'
import type { Turn } from '../turn.js'
import type { Bytes } from './bytes.js'
import type { ModelHost } from './host.js'
import type { RunningModel } from './hosted-model.js'

type Totals = Omit<BatchStats, 'busyMs' | 'bucketRuns'> & { messagesLost: number }

/** What runs here, and why. */
export interface DetailDevice {
  facts: DeviceFacts
  engineReason: string
  limit: Bytes
  turn: Turn
  gpu(): GpuReport | null
  compactions(): CompactionTotals
}

/** Sums of the whole device go on when a model is unloaded. */
export class DetailSource {
  readonly #busy = new BusyMeter()
  /** What each inference had counted when it was last seen, and the sum of those that are gone. */
  readonly #counted = new Map<Inference, Totals>()
  #gone: Totals = { batches: 0, framesInferred: 0, bucketFrames: 0, gaps: noGaps(), messagesLost: 0 }

  constructor(
    private readonly config: Config,
    private readonly device: DetailDevice,
    private readonly host: ModelHost,
    /** The default model as it was loaded at start: its facts outlive a failure of its engine. */
    private readonly first: RunningModel,
  ) {}

  detail(): InferDetail {
    const { batches, framesInferred, bucketFrames, gaps, messagesLost } = this.#totals()
    return {
      stage: 'infer',
      ...this.#ofDevice(),
      ...this.#ofFirst(),
      threads: chooseThreads(this.config.infer.threads, os.availableParallelism()),
      batches,
      framesInferred,
      fill: bucketFrames === 0 ? 0 : framesInferred / bucketFrames,
      gaps,
      messagesLost,
      slabBytes: this.host.running.reduce((sum, running) => sum + running.loaded.slab.layout.totalBytes, 0),
      shmFreeBytes: freeBytes(this.config.slab.dir),
      models: this.host.models.map(model => model.report()),
    }
  }

  #ofDevice() {
    const { facts, engineReason, limit, turn } = this.device
    const { charged } = this.host
    return {
      deviceId: facts.id,
      engineReason,
      busy: this.#busy.share(turn.busyMs),
      memoryLimitBytes: limit.host,
      memoryChargedBytes: charged.host,
      deviceMemory: facts.kind === 'gpu' ? { limitBytes: limit.device, chargedBytes: charged.device } : null,
      gpu: this.device.gpu(),
      compactions: this.device.compactions(),
    }
  }

  #ofFirst() {
    const { loaded, inference } = this.first
    return {
      engine: loaded.engineInfo.engine,
      device: loaded.engineInfo.device,
      model: loaded.model.name,
      classes: loaded.model.classes,
      inputWidthPx: loaded.model.widthPx,
      inputHeightPx: loaded.model.heightPx,
      buckets: [...inference.runMs.keys()],
      batchWindowMs: inference.windowMs,
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
  const { batches, framesInferred, bucketFrames, gaps } = inference.stats
  return { batches, framesInferred, bucketFrames, gaps, messagesLost: inference.messagesLost }
}

function sum(a: Totals, b: Totals): Totals {
  return {
    batches: a.batches + b.batches,
    framesInferred: a.framesInferred + b.framesInferred,
    bucketFrames: a.bucketFrames + b.bucketFrames,
    gaps: addGaps(a.gaps, b.gaps),
    messagesLost: a.messagesLost + b.messagesLost,
  }
}
