/** Puts the inference of one model on one device together, in the order in which its parts need one another. */
import type { Config } from '../config/schema.js'
import type { StageContext } from '../shared/process/stage.js'
import { addDetections } from '../shared/redis/publish-streams.js'
import { createStreamReader } from '../shared/redis/stream-reader.js'
import type { SlabInfo } from '../shared/slab/info.js'
import { SlabReader } from '../shared/slab/lease.js'
import type { Slab } from '../shared/slab/slab.js'
import type { BatchStats } from './batch/stats.js'
import { BatchWindow, type WindowRange } from './batch/window.js'
import type { Engine, EngineInfo } from './engine/engine.js'
import { createFrameSink } from './frame-sink.js'
import { createIntake, type Intake } from './intake.js'
import type { PreparedModel } from './model/prepared-model.js'
import { encodeJpeg } from './picture/encode.js'
import type { PictureTap } from './picture-tap.js'
import { type InferredFrame, Pipeline } from './pipeline.js'
import { detectionsOf } from './postprocess/detections.js'
import { DetectionPublisher, type SendDetections } from './publisher.js'
import type { StreamReporter } from './reporter.js'
import { chooseWindow, type DeviceKind, worthwhileBuckets } from './tune.js'
import type { DeviceTurn } from './turn.js'

/** A frame that waits this share of its greatest age gives way to a newer one of its stream. */
const SUPERSEDE_SHARE = 0.25

export interface LoadedModel {
  model: PreparedModel
  engine: Engine
  engineInfo: EngineInfo
  slab: Slab
  slabInfo: SlabInfo
}

/** What the models of a device share. */
export interface SharedParts {
  context: StageContext
  reporter: StreamReporter
  pictures: PictureTap
  turn: DeviceTurn
}

export class Inference {
  readonly reader: SlabReader
  readonly slabInfo: SlabInfo
  readonly runMs: ReadonlyMap<number, number>
  readonly #ownWindow: WindowRange
  readonly #window: BatchWindow
  readonly #publisher: DetectionPublisher
  readonly #pipeline: Pipeline
  readonly #intake: Intake

  /** @param onEngineFailure called for each batch that fails: the engine is dead, and whoever loaded the model closes it. */
  constructor(
    config: Config,
    loaded: LoadedModel,
    { context, reporter, pictures, turn }: SharedParts,
    onEngineFailure: (error: unknown) => void,
  ) {
    const { connection, log } = context
    this.reader = new SlabReader(loaded.slab, config.slab.leaseTimeoutMs)
    this.slabInfo = loaded.slabInfo
    this.runMs = worthwhileBuckets(config.infer.buckets, loaded.engineInfo.runMs)
    this.#ownWindow = chooseWindow(config.infer.batchWindowMs, this.runMs, kindOf(loaded))
    this.#window = new BatchWindow(this.#ownWindow)
    this.#publisher = new DetectionPublisher(loaded.model.name, senderOf(context), log)
    const sink = createFrameSink({
      reader: this.reader,
      pictures,
      encode: (pixels, widthPx, heightPx) => encodeJpeg(pixels, loaded.model, { widthPx, heightPx }),
      publisher: this.#publisher,
      reporter,
      interpret: interpreterOf(config, loaded.model),
      checksum: loaded.slabInfo.checksum,
      log,
    })
    this.#pipeline = new Pipeline({
      reader: this.reader,
      engine: loaded.engine,
      maxInFlight: loaded.engineInfo.maxInFlight,
      turn,
      settings: {
        maxAgeMs: config.infer.maxFrameAgeMs,
        supersedeMs: config.infer.maxFrameAgeMs * SUPERSEDE_SHARE,
        runMs: this.runMs,
      },
      window: this.#window,
      sink,
      log,
      onEngineFailure,
    })
    const refs = createStreamReader(connection.duplicate(), [connection.keys.refs(loaded.slabInfo.id)])
    this.#intake = createIntake(refs, log)
  }

  /** How long the oldest frame of the next batch waits for company, as it was last. */
  get windowMs(): number {
    return this.#window.lastMs
  }

  /** What the operator of the device wants, from the next batch on; null: as the settings say. */
  setWindow(batchWindowMs: number | null): void {
    this.#window.range =
      batchWindowMs === null ? this.#ownWindow : { leastMs: batchWindowMs, mostMs: batchWindowMs }
  }

  get stats(): BatchStats {
    return this.#pipeline.stats
  }

  /** Results that Redis did not take. */
  get messagesLost(): number {
    return this.#publisher.lost
  }

  /** Settles what a dead predecessor left, then takes frames until closed. */
  start(): void {
    this.reader.takeOver()
    void this.#intake.run(refs => this.#pipeline.accept(refs))
  }

  /** Lets the batches under way end. Nothing touches the slab afterwards. Idempotent. */
  async close(): Promise<void> {
    this.#intake.close()
    await this.#pipeline.close()
  }
}

/** Results wait for no Redis: one that is away loses them. */
function senderOf({ connection: { redis, keys } }: StageContext): SendDetections {
  return async (stream, message) => {
    if (redis.status !== 'ready') throw new Error(`Redis is ${redis.status}`)
    return addDetections(redis, keys, stream, message)
  }
}

function kindOf({ engineInfo }: LoadedModel): DeviceKind {
  return engineInfo.provider === 'cpu' ? 'cpu' : 'gpu'
}

function interpreterOf(config: Config, model: PreparedModel) {
  const settings = {
    minScore: config.model.minScore ?? model.minScore,
    maxIou: model.nms ? config.model.nmsIou : 1,
  }
  return ({ candidates, index, frame }: InferredFrame) => {
    const source = { widthPx: frame.sourceWidthPx, heightPx: frame.sourceHeightPx }
    const of = { stream: frame.stream, epoch: frame.sessionEpoch, seq: frame.seq, source }
    return detectionsOf(candidates, index, of, model, settings)
  }
}
