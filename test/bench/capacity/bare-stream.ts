/** One stream of frames without a decoder: a slot is taken and committed at each tick of its clock, at a phase of its own. */
import { monotonicMs, wallMs } from '../../../shared/clock.js'
import type { FrameRef } from '../../../shared/frame/frame-ref.js'
import type { RingWriter } from '../../../shared/slab/ring-writer.js'
import type { IngestReport } from '../../../shared/stream/stream.js'

const WIDTH_PX = 1920
const HEIGHT_PX = 1080

export class BareStream {
  readonly #frameMs: number
  readonly #sinceMs = wallMs()
  readonly #epoch = wallMs()
  #seq = 0
  #nextMs: number

  constructor(
    private readonly writer: RingWriter,
    private readonly slabId: string,
    private readonly fps: number,
  ) {
    this.#frameMs = 1000 / fps
    this.#nextMs = monotonicMs() + Math.random() * this.#frameMs
  }

  commitDue(nowMs: number, onFrame: (slabId: string, ref: FrameRef) => void): void {
    for (; this.#nextMs <= nowMs; this.#nextMs += this.#frameMs) {
      const slot = this.writer.acquire()
      if (slot === null) continue
      const stamp = { sessionEpoch: this.#epoch, seq: this.#seq++, firstByteMonoMs: nowMs, checksum: 0 }
      const source = { capturedWallMs: Date.now(), sourceWidthPx: WIDTH_PX, sourceHeightPx: HEIGHT_PX }
      onFrame(this.slabId, this.writer.commit(slot, { ...stamp, ...source }))
    }
  }

  report(): IngestReport {
    return {
      state: 'live',
      reason: null,
      sinceMs: this.#sinceMs,
      source: { widthPx: WIDTH_PX, heightPx: HEIGHT_PX, codec: 'none', fps: this.fps },
      receivedFps: this.fps,
      restarts: 0,
      decodeErrors: 0,
      decoderPid: null,
      keyframesOnly: false,
      decoder: { wanted: 'auto', used: null, reason: null, clock: 'arrival' },
      atMs: wallMs(),
    }
  }
}
