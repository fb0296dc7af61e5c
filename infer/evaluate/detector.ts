/**
 * One model outside the service, on the very path that frames of streams take: a slot of a real slab, the engine in its
 * thread, suppression, boxes in source pixels. Nothing of it is seen by a Ringside that runs.
 */
import fs from 'node:fs'
import { monotonicMs } from '../../shared/clock.js'
import type { Detection } from '../../shared/detection/message.js'
import { SlabReader } from '../../shared/slab/lease.js'
import { RingWriter } from '../../shared/slab/ring-writer.js'
import { Slab } from '../../shared/slab/slab.js'
import type { Engine, EngineInfo } from '../engine/engine.js'
import type { PreparedModel } from '../model/prepared-model.js'
import { detectionsOf } from '../postprocess/detections.js'
import type { NmsSettings } from '../postprocess/nms.js'

export interface DetectorSettings {
  /** A tmpfs folder. */
  slabDir: string
  buckets: readonly number[]
  threads: number
}

/** A frame that the decoder gave. */
export interface SourceFrame {
  /** I420 of the model's size. */
  pixels: Uint8Array
  sourceWidthPx: number
  sourceHeightPx: number
}

export interface DetectedFrame {
  detections: Detection[]
  /** The engine's run alone. */
  inferMs: number
}

const STREAM = 'evaluate'
/** Nobody else may take a slot: a lease never grows old. */
const LEASE_TIMEOUT_MS = 3_600_000

export class Detector {
  readonly model: PreparedModel
  readonly info: EngineInfo
  readonly #engine: Engine
  readonly #slab: Slab
  readonly #writer: RingWriter
  readonly #reader: SlabReader
  #seq = 0

  private constructor(model: PreparedModel, engine: Engine, info: EngineInfo, slab: Slab) {
    this.model = model
    this.info = info
    this.#engine = engine
    this.#slab = slab
    const slots = Array.from({ length: slab.layout.slotCount }, (_, slot) => slot)
    this.#writer = new RingWriter(slab, { row: 0, slots }, { id: STREAM, incarnation: 1 }, LEASE_TIMEOUT_MS)
    this.#reader = new SlabReader(slab, LEASE_TIMEOUT_MS)
  }

  /**
   * The slab's file has no name, and the engine maps it through our descriptor: whatever ends this process, nothing is left behind.
   * @param engine fresh; the detector owns it from here on.
   * @throws RingsideError `shm_too_small` or `engine_failed`.
   */
  static async open(model: PreparedModel, engine: Engine, settings: DetectorSettings): Promise<Detector> {
    const { buckets, threads } = settings
    const { widthPx, heightPx } = model
    const shape = { slotCount: Math.max(...buckets), rowCount: 1, widthPx, heightPx }
    const { slab, fd } = Slab.createNameless(settings.slabDir, shape)
    try {
      const info = await engine.load(model, slab.path, { buckets, threads })
      return new Detector(model, engine, info, slab)
    } catch (error) {
      await engine.close()
      slab.close()
      throw error
    } finally {
      fs.closeSync(fd)
    }
  }

  /** One at a time. @throws RingsideError `engine_failed`. */
  async detect(frame: SourceFrame, settings: NmsSettings): Promise<DetectedFrame> {
    const seq = this.#seq++
    const leased = this.#reader.lease(this.#commit(frame, seq))!
    const slots = [leased.slot]
    const bucket = Math.min(...this.info.runMs.keys())
    const result = await this.#engine.run({ bucket, slots }, () => this.#reader.release(leased))
    this.#reader.finish(leased, 'inferred')
    const source = { widthPx: leased.sourceWidthPx, heightPx: leased.sourceHeightPx }
    const of = { stream: STREAM, epoch: 1, seq, source }
    const detections = detectionsOf(result.candidates, 0, of, this.model, settings)
    return { detections, inferMs: result.inferMs }
  }

  /**
   * Runs a full bucket of what lies in the slots.
   * @returns the milliseconds of each run, the way to the engine and back included.
   */
  async time(bucket: number, runs: number): Promise<number[]> {
    const slots = Array.from({ length: bucket }, (_, slot) => slot)
    const times: number[] = []
    for (let run = 0; run < runs; run++) {
      const startedAt = monotonicMs()
      await this.#engine.run({ bucket, slots }, () => undefined)
      times.push(monotonicMs() - startedAt)
    }
    return times
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#engine.close()
    this.#slab.close()
  }

  #commit(frame: SourceFrame, seq: number) {
    const slot = this.#writer.acquire()
    if (slot === null)
      throw new Error('every slot is leased: a second frame was given before the first was through')
    this.#writer.pixels(slot).set(frame.pixels)
    return this.#writer.commit(slot, {
      sessionEpoch: 1,
      seq,
      firstByteMonoMs: monotonicMs(),
      capturedWallMs: Date.now(),
      sourceWidthPx: frame.sourceWidthPx,
      sourceHeightPx: frame.sourceHeightPx,
      checksum: 0,
    })
  }
}
