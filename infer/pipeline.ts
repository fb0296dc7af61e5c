/**
 * The life of a batch: choose → await the turn → lease → upload → release → infer → interpret → publish. As many batches of a
 * model are under way as its engine takes at once; the next is chosen when a result arrives. Results leave in the order in
 * which their batches began, and every frame leaves through exactly one outcome. After a batch has failed nothing is published.
 */
import { monotonicMs } from '../shared/clock.js'
import { messageOf } from '../shared/errors.js'
import type { DropReason } from '../shared/frame/balance.js'
import type { FrameRef } from '../shared/frame/frame-ref.js'
import type { Log } from '../shared/log.js'
import type { LeasedFrame, SlabReader } from '../shared/slab/lease.js'
import { type BatchChoice, type BatchSettings, chooseBatch } from './batch/choose-batch.js'
import { Pending, type PendingRef } from './batch/pending.js'
import type { BatchStats } from './batch/stats.js'
import type { BatchWindow } from './batch/window.js'
import { BusyClock } from './busy-meter.js'
import type { Engine, EngineResult } from './engine/engine.js'
import { type BatchMoments, GapMeter } from './gap-meter.js'
import type { DeviceTurn } from './turn.js'

/** A frame with its candidates, and when each stage of it ended (`monotonicMs()`). */
export interface InferredFrame {
  frame: LeasedFrame
  candidates: Float32Array
  /** Index of the frame in `candidates`. */
  index: number
  closedMs: number
  resultMs: number
  /** Engine run, as the engine measured it: the rest of closed → result is the way to it. */
  inferMs: number
}

/** Where the frames go that the pipeline has done with. */
export interface FrameSink {
  /** Called while the frame is leased: the only time its pixels may be looked at. @returns false to drop a frame that is torn. */
  leased(frame: LeasedFrame): boolean
  /**
   * @returns what became of the frame: a result may come too late to be of use.
   * @throws where the candidates are impossible: the frame is then dropped as `engine_error`.
   */
  inferred(result: InferredFrame): 'inferred' | DropReason
}

export interface PipelineParts {
  reader: SlabReader
  engine: Engine
  /** Batches that the engine takes at once. */
  maxInFlight: number
  /** Shared with the pipelines of the other models on this device. */
  turn: DeviceTurn
  settings: Omit<BatchSettings, 'windowMs'>
  window: BatchWindow
  sink: FrameSink
  log: Log
  /** Called for each batch that fails. The engine is dead: this pipeline publishes nothing more, and its owner closes it. */
  onEngineFailure(error: unknown): void
}

export class Pipeline {
  readonly #counts = { batches: 0, framesInferred: 0, bucketFrames: 0 }
  readonly #bucketRuns = new Map<number, number>()
  readonly #busy = new BusyClock()
  readonly #gaps = new GapMeter()
  readonly #pending = new Pending()
  readonly #lastServedMs = new Map<string, number>()
  #inFlight = 0
  /** Ends when the newest batch has ended, and with it all before. */
  #newest: Promise<void> = Promise.resolve()
  #waiting = false
  #timer: NodeJS.Timeout | undefined
  #broken = false
  #closed = false

  constructor(private readonly parts: PipelineParts) {}

  get stats(): BatchStats {
    const bucketRuns = [...this.#bucketRuns].map(([bucket, batches]) => ({ bucket, batches }))
    return { ...this.#counts, bucketRuns, busyMs: this.#busy.ms, gaps: this.#gaps.totals }
  }

  /** Takes refs in; stale ones are counted already by whoever took their slot. */
  accept(refs: readonly FrameRef[]): void {
    if (this.#closed) return // its slab may be unmapped
    const now = monotonicMs()
    for (const ref of refs) {
      const committedMs = this.parts.reader.committedAt(ref)
      if (committedMs !== null) this.#pending.add(ref, committedMs, now)
    }
    this.#pump()
  }

  /** Lets the batches under way end; what waits stays READY, for whoever owns the slab next. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#newest
  }

  /** One request for a turn at a time, however many batches the engine takes: other models come between. */
  #pump(): void {
    if (this.#waiting || this.#broken || this.#inFlight >= this.parts.maxInFlight) return
    const choice = this.#choose()
    if (!choice) return
    this.#waiting = true
    const askedMs = monotonicMs()
    let atOnce = true
    this.parts.turn.enter(() => {
      this.#waiting = false
      this.#begin(atOnce ? choice : this.#choose(), askedMs) // while others ran, frames have come and gone
    })
    atOnce = false
  }

  /** What to run now; null where it is better to wait, for frames or for a time. */
  #choose(): BatchChoice<PendingRef> | null {
    clearTimeout(this.#timer)
    if (this.#closed || this.#broken) return null
    this.#forgetOverwritten()
    const now = monotonicMs()
    const settings = { ...this.parts.settings, windowMs: this.parts.window.ms(this.#busy.ms, now) }
    const choice = chooseBatch(this.#pending.list(), now, this.#lastServedMs, settings)
    this.#discard([...choice.stale, ...choice.superseded])
    if (choice.batch.length > 0) return choice
    if (choice.againInMs !== null) this.#timer = setTimeout(() => this.#pump(), Math.ceil(choice.againInMs))
    return null
  }

  /** It is this pipeline's turn: kept while a batch runs, given back at once where there is none. */
  #begin(choice: BatchChoice<PendingRef> | null, askedMs: number): void {
    if (choice) this.#pending.remove(choice.batch)
    const frames = choice ? this.#lease(choice.batch) : []
    if (choice && frames.length > 0) {
      this.#inFlight++
      this.#newest = this.#run(frames, choice.bucket, momentsOf(choice.batch, askedMs), this.#newest)
    } else this.parts.turn.leave()
    if (choice) this.#pump() // the engine may take another; or every frame of this one was overwritten just now
  }

  #forgetOverwritten(): void {
    this.#pending.remove(
      this.#pending.list().filter(({ ref }) => this.parts.reader.committedAt(ref) === null),
    )
  }

  #discard(frames: readonly PendingRef[]): void {
    for (const { ref } of frames) this.parts.reader.discard(ref, 'stale_ref')
    this.#pending.remove(frames)
  }

  #lease(batch: readonly PendingRef[]): LeasedFrame[] {
    const now = monotonicMs()
    return batch.flatMap(({ ref, stream }) => {
      const frame = this.parts.reader.lease(ref)
      if (!frame) return []
      this.#lastServedMs.set(stream, now)
      if (this.parts.sink.leased(frame)) return [frame]
      if (this.parts.reader.release(frame)) this.parts.reader.finish(frame, 'engine_error')
      return []
    })
  }

  /** @param before ends when the batch that began before this one has ended. */
  async #run(
    frames: readonly LeasedFrame[],
    bucket: number,
    moments: BatchMoments,
    before: Promise<void>,
  ): Promise<void> {
    const closedMs = monotonicMs()
    let held = new Set<LeasedFrame>()
    const onUploaded = (): void => {
      held = new Set(frames.filter(frame => this.parts.reader.release(frame)))
    }
    this.#busy.begin()
    let result: EngineResult
    try {
      result = await this.parts.engine.run({ bucket, slots: frames.map(frame => frame.slot) }, onUploaded)
    } catch (error) {
      this.#fail(error, held)
      return before
    } finally {
      this.#busy.end()
    }
    const resultMs = monotonicMs()
    await before
    this.#end()
    if (this.#broken) this.#lose(held)
    else {
      this.#count(held.size, bucket)
      this.#gaps.ended(moments, { fromMs: resultMs - result.inferMs, toMs: resultMs })
      this.#pump() // an engine starts on the next batch while this one is interpreted
      const deliveredFromMs = monotonicMs()
      this.#deliver(frames, held, result, { closedMs, resultMs, inferMs: result.inferMs })
      this.#gaps.interpreted({ fromMs: deliveredFromMs, toMs: monotonicMs() })
    }
  }

  /** From here on nothing is published, not even of a batch that ran beside this one and ends well. */
  #fail(error: unknown, held: Iterable<LeasedFrame>): void {
    this.#broken = true
    this.parts.onEngineFailure(error)
    this.#lose(held)
    this.#end()
  }

  #lose(frames: Iterable<LeasedFrame>): void {
    for (const frame of frames) this.parts.reader.finish(frame, 'engine_error')
  }

  #end(): void {
    this.#inFlight--
    this.parts.turn.leave()
  }

  /** Frames whose lease was reclaimed during the upload may be torn: they are counted, and nothing of them is published. */
  #deliver(
    frames: readonly LeasedFrame[],
    held: ReadonlySet<LeasedFrame>,
    result: EngineResult,
    times: Pick<InferredFrame, 'closedMs' | 'resultMs' | 'inferMs'>,
  ): void {
    frames.forEach((frame, index) => {
      if (!held.has(frame)) return
      try {
        const { candidates } = result
        const outcome = this.parts.sink.inferred({ frame, index, candidates, ...times })
        this.parts.reader.finish(frame, outcome)
      } catch (error) {
        this.parts.reader.finish(frame, 'engine_error')
        this.parts.log.warn({ stream: frame.stream, reason: messageOf(error) }, 'a result was dropped')
      }
    })
  }

  #count(frames: number, bucket: number): void {
    this.#counts.batches++
    this.#counts.framesInferred += frames
    this.#counts.bucketFrames += bucket
    this.#bucketRuns.set(bucket, (this.#bucketRuns.get(bucket) ?? 0) + 1)
  }
}

/** It is the turn of this batch now. */
function momentsOf(batch: readonly PendingRef[], askedMs: number): BatchMoments {
  const { committedMs, acceptedMs } = batch.reduce((a, b) => (b.acceptedMs < a.acceptedMs ? b : a))
  return { committedMs, acceptedMs, askedMs, grantedMs: monotonicMs() }
}
