/** Puts the inference of one model on one device together, in the order in which its parts need one another. */
import type { Config } from '../config/schema.js'
import type { StageContext } from '../shared/process/stage.js'
import { sendPicture, watchedStreams } from '../shared/redis/pictures.js'
import { addDetections } from '../shared/redis/publish-streams.js'
import { createStreamReader } from '../shared/redis/stream-reader.js'
import type { SlabInfo } from '../shared/slab/info.js'
import { SlabReader } from '../shared/slab/lease.js'
import type { Slab } from '../shared/slab/slab.js'
import type { Engine, EngineInfo } from './engine/engine.js'
import { createFrameSink } from './frame-sink.js'
import { createIntake, type Intake } from './intake.js'
import type { PreparedModel } from './model/prepared-model.js'
import { encodeJpeg } from './picture/encode.js'
import { PictureTap } from './picture-tap.js'
import { type BatchStats, Pipeline } from './pipeline.js'
import { detectionsOf } from './postprocess/detections.js'
import { DetectionPublisher } from './publisher.js'
import { StreamReporter } from './reporter.js'
import { chooseWindowMs, worthwhileBuckets } from './tune.js'

/** A frame that waits this share of its greatest age gives way to a newer one of its stream. */
const SUPERSEDE_SHARE = 0.25

export interface LoadedModel {
  model: PreparedModel
  engine: Engine
  engineInfo: EngineInfo
  slab: Slab
  slabInfo: SlabInfo
}

export class Inference {
  readonly reader: SlabReader
  readonly reporter: StreamReporter
  readonly runMs: ReadonlyMap<number, number>
  readonly windowMs: number
  readonly #publisher: DetectionPublisher
  readonly #pictures: PictureTap
  readonly #pipeline: Pipeline
  readonly #intake: Intake

  constructor(config: Config, loaded: LoadedModel, context: StageContext) {
    const { connection, log, fail } = context
    const { redis, keys } = connection
    this.reader = new SlabReader(loaded.slab, config.slab.leaseTimeoutMs)
    this.reporter = new StreamReporter(this.reader.ledgers)
    this.runMs = worthwhileBuckets(config.infer.buckets, loaded.engineInfo.runMs)
    this.windowMs = chooseWindowMs(config.infer.batchWindowMs, this.runMs)
    const send = async (stream: string, message: string): Promise<unknown> => {
      if (redis.status !== 'ready') throw new Error(`Redis is ${redis.status}`)
      return addDetections(redis, keys, stream, message)
    }
    this.#publisher = new DetectionPublisher(loaded.model.name, send, log)
    this.#pictures = new PictureTap(
      {
        watched: () => watchedStreams(redis, keys),
        send: (stream, picture) => sendPicture(redis, keys, stream, picture),
      },
      (pixels, widthPx, heightPx) => encodeJpeg(pixels, loaded.model, { widthPx, heightPx }),
      config.infer.pictureMaxFps,
      log,
    )
    this.#pipeline = new Pipeline({
      reader: this.reader,
      engine: loaded.engine,
      settings: {
        windowMs: this.windowMs,
        maxAgeMs: config.infer.maxFrameAgeMs,
        supersedeMs: config.infer.maxFrameAgeMs * SUPERSEDE_SHARE,
        runMs: this.runMs,
      },
      sink: createFrameSink({
        reader: this.reader,
        pictures: this.#pictures,
        publisher: this.#publisher,
        reporter: this.reporter,
        interpret: interpreterOf(config, loaded.model),
        checksum: loaded.slabInfo.checksum,
        log,
      }),
      log,
      onEngineFailure: fail,
    })
    this.#intake = createIntake(
      createStreamReader(connection.duplicate(), [keys.refs(loaded.slabInfo.id)]),
      log,
    )
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

  async close(): Promise<void> {
    this.#intake.close()
    this.#pictures.close()
    await this.#pipeline.close()
  }
}

function interpreterOf(config: Config, model: PreparedModel) {
  const settings = {
    minScore: config.model.minScore ?? model.minScore,
    maxIou: model.nms ? config.model.nmsIou : 1,
  }
  return ({
    candidates,
    index,
    frame,
  }: Parameters<Parameters<typeof createFrameSink>[0]['interpret']>[0]) => {
    const source = { widthPx: frame.sourceWidthPx, heightPx: frame.sourceHeightPx }
    const of = { stream: frame.stream, epoch: frame.sessionEpoch, seq: frame.seq, source }
    return detectionsOf(candidates, index, of, model, settings)
  }
}
