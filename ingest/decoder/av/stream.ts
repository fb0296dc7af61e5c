/**
 * One stream in a decoder process: opens its source, decodes it, and writes its ring, until it is stopped or the source ends.
 *
 *   open ──► read ──► decode ──► admit ──► paint a slot ──► commit ──┐      admit: the frame rate cap, and no backlog
 *             ▲                                                      │
 *             └──────────────────────────────────────────────────────┘
 *
 * `stop` interrupts whatever blocks. The end is told as soon as no slot is being written, which is within one frame; what a
 * hung call of libavformat still holds is freed when it returns.
 */
import type { Frame, Packet } from 'node-av/lib'
import { monotonicMs, wallMs } from '../../../shared/clock.js'
import type { DropReason } from '../../../shared/frame/balance.js'
import type { SourceInfo } from '../../../shared/stream/stream.js'
import type { RingAddress } from '../backend.js'
import type { DecoderEvent } from '../event.js'
import { Backlog } from './backlog.js'
import { type CaptureTime, CaptureTimes, wallMsOfReferenceTime } from './capture-times.js'
import type { GpuDevice } from './gpu-device.js'
import type { Av } from './library.js'
import { OpenedSource, SourceFailure } from './opened-source.js'
import { Pace } from './pace.js'
import { Painter } from './painter.js'
import { PictureSource, RefusedByGpu } from './picture-source.js'
import type { FromDecoder, StartOrder, StreamEnd } from './protocol.js'
import { PtsCap } from './pts-cap.js'
import type { MappedSlabs } from './slabs.js'
import { SlotWriter } from './slot-writer.js'

/** Packets in vain before the first frame. One that starts between key frames is no failure: it gives nothing, and no error. */
const HOPELESS_PACKETS = 10

export interface StreamParts {
  av: Av
  gpu: GpuDevice | null
  slabs: MappedSlabs
  tell(message: FromDecoder): void
}

export class AvStream {
  /** Resolves when nothing of the stream is left: no call under way, no memory held. */
  readonly done: Promise<void>
  readonly #parts: StreamParts
  readonly #order: StartOrder
  readonly #abort = new AbortController()
  readonly #cap: PtsCap
  readonly #times = new CaptureTimes()
  readonly #backlog = new Backlog()
  readonly #painter: Painter
  readonly #writer: SlotWriter
  #source: OpenedSource | null = null
  #pictures: PictureSource | null = null
  #stopped: DropReason | null = null
  #told = false
  #size = ''
  #refused = 0
  #clock = ''

  /** @throws where the slab of its ring cannot be mapped. */
  constructor(parts: StreamParts, order: StartOrder) {
    this.#parts = parts
    this.#order = order
    this.#cap = new PtsCap(order.maxFps)
    this.#painter = new Painter(parts.av, order.shape)
    this.#writer = new SlotWriter(parts.slabs, order.ring, order.epoch, order.maxFps)
    this.done = this.#run()
  }

  /** Whether it is past the calls that only a network's timeouts end. */
  get isOpen(): boolean {
    return this.#pictures !== null
  }

  moveTo(ring: RingAddress): void {
    this.#writer.moveTo(ring)
  }

  capAt(maxFps: number | null): void {
    this.#cap.change(maxFps)
    this.#writer.capAt(maxFps)
  }

  /** A frame that is being written is dropped for `reason`. Idempotent. */
  stop(reason: DropReason): void {
    if (this.#stopped) return
    this.#stopped = reason
    this.#abort.abort()
    this.#source?.interrupt()
    if (!this.#writer.isWriting) this.#end({ kind: 'exited', code: 0 })
  }

  async #run(): Promise<void> {
    let end: StreamEnd = { kind: 'exited', code: null }
    try {
      end = await this.#live()
    } catch (error) {
      if (error instanceof SourceFailure) this.#event({ kind: 'failure', code: error.reason })
      else if (error instanceof RefusedByGpu) end = { kind: 'refused', why: error.message }
      else this.#parts.tell({ kind: 'log', text: `a stream ended: ${String(error)}` })
    }
    this.#end(end)
    await this.#source?.close()
    this.#pictures?.close()
    this.#painter.close()
    this.#writer.close()
  }

  async #live(): Promise<StreamEnd> {
    const packet = new this.#parts.av.Packet()
    packet.alloc()
    try {
      for (;;) {
        await this.#open()
        const code = await this.#readAll(packet)
        if (this.#stopped || this.#order.source.kind === 'rtsp') return { kind: 'exited', code }
        await this.#source?.close() // a file begins again
      }
    } finally {
      packet.free()
    }
  }

  async #open(): Promise<void> {
    const { av, gpu } = this.#parts
    this.#source = new OpenedSource(av, this.#order)
    await this.#source.open(event => this.#event(event))
    if (this.#stopped || this.#pictures) return
    const pictures = new PictureSource(av, this.#source.codec, this.#order, gpu)
    const opened = await pictures.open(this.#order)
    this.#pictures = pictures
    if (opened < 0) throw new SourceFailure('unsupported_codec')
  }

  /** @returns 0: the camera went away, however it did so. */
  async #readAll(packet: Packet): Promise<number> {
    const source = this.#source as OpenedSource
    const isFile = this.#order.source.kind === 'file'
    const pace = isFile && !this.#order.unpaced ? new Pace() : null
    while (!this.#stopped && (await source.read(packet)) >= 0) {
      if (source.isVideo(packet)) await this.#take(packet, source, pace)
      packet.unref()
    }
    if (isFile && !this.#stopped) await this.#decode(null)
    return 0
  }

  async #take(packet: Packet, source: OpenedSource, pace: Pace | null): Promise<void> {
    const { AV_PKT_DATA_PRFT } = this.#parts.av
    await pace?.until(this.#timeOf(packet.dts, source), this.#abort.signal)
    const cameraMs = wallMsOfReferenceTime(packet.getSideData(AV_PKT_DATA_PRFT))
    const readMonoMs = monotonicMs()
    this.#times.packet(packet.pts, readMonoMs, wallMs(), cameraMs)
    if (this.#order.source.kind === 'rtsp') this.#backlog.packet(this.#timeOf(packet.pts, source), readMonoMs)
    await this.#decode(packet)
  }

  async #decode(packet: Packet | null): Promise<void> {
    const pictures = this.#pictures as PictureSource
    const code = await pictures.decode(packet, frame => this.#deliver(frame, pictures))
    if (code >= 0) return
    this.#event({ kind: 'corruption' })
    // What nothing comes of from the start is no damage: a profile that is not known, or frames over `maxPixels`.
    if (this.#size === '' && ++this.#refused === HOPELESS_PACKETS)
      throw new SourceFailure('unsupported_codec')
  }

  async #deliver(frame: Frame, pictures: PictureSource): Promise<void> {
    const time = this.#times.take(frame.pts)
    if (this.#stopped || !time) return
    if (frame.flags & this.#parts.av.AV_FRAME_FLAG_CORRUPT || frame.decodeErrorFlags)
      this.#event({ kind: 'corruption' })
    if (!this.#cap.admit(this.#timeOf(frame.pts, this.#source as OpenedSource))) return
    this.#announce(frame, time)
    if (this.#backlog.isStale(monotonicMs())) return this.#refuse('stale_ref')
    const source = { widthPx: frame.width, heightPx: frame.height }
    const stamp = { time, sourceWidthPx: frame.width, sourceHeightPx: frame.height }
    const picture = await pictures.picture(frame)
    if (this.#stopped) return // whoever takes the ring next may have begun
    const ref = await this.#writer.write(stamp, async pixels => {
      if (!this.#stopped) await this.#painter.paint(picture, source, pixels)
      return this.#stopped
    })
    const { id } = this.#order
    if (this.#stopped) this.#end({ kind: 'exited', code: 0 })
    else this.#parts.tell(ref ? { kind: 'frame', id, ...ref } : { kind: 'dropped', id })
  }

  #refuse(reason: DropReason): void {
    this.#writer.refuse(reason)
    this.#parts.tell({ kind: 'dropped', id: this.#order.id })
  }

  /** Tells what is new about the frames from this one on. */
  #announce({ width, height }: Frame, { clock }: CaptureTime): void {
    const size = `${width}x${height}`
    if (this.#size === '') this.#event({ kind: 'source', source: this.#sourceOf(width, height) })
    if (size !== this.#size) this.#event({ kind: 'geometry', widthPx: width, heightPx: height })
    if (clock !== this.#clock) this.#event({ kind: 'clock', clock })
    this.#size = size
    this.#clock = clock
  }

  #sourceOf(widthPx: number, heightPx: number): SourceInfo {
    const pictures = this.#pictures as PictureSource
    return { codec: pictures.codec, widthPx, heightPx, fps: pictures.fps ?? this.#source?.fps ?? null }
  }

  #timeOf(units: bigint, source: OpenedSource): number | null {
    return units === this.#parts.av.AV_NOPTS_VALUE ? null : Number(units) * source.timeBaseS
  }

  #event(event: DecoderEvent): void {
    if (!this.#told) this.#parts.tell({ kind: 'event', id: this.#order.id, event })
  }

  #end(end: StreamEnd): void {
    if (this.#told) return
    this.#told = true
    this.#parts.tell({ kind: 'ended', id: this.#order.id, end })
  }
}
