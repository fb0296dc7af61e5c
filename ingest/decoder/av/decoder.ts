/** One stream in a decoder process, as a decoder that a session can start, move and stop. */
import type { DropReason } from '../../../shared/frame/balance.js'
import type {
  DecodeRequest,
  DecoderChange,
  DecoderEnd,
  DecoderListener,
  DecoderRing,
  RunningDecoder,
} from '../backend.js'
import type { AvPool } from './pool.js'
import type { AvProcess, StreamListener } from './process.js'
import type { FromDecoder } from './protocol.js'

/** Others decode in the same process: it is given more time than a process of one stream, since it dies for all of them. */
const SHARED_GRACE = 4

type Frame = Extract<FromDecoder, { kind: 'frame' }>

export class AvDecoder implements RunningDecoder {
  readonly #pool: AvPool
  readonly #process: AvProcess
  readonly #listener: DecoderListener
  readonly #killGraceMs: number
  /** The cap that it decodes key frames alone for; null where it decodes all. */
  readonly #keyframesFps: number | null
  readonly #id: number
  #ring: DecoderRing
  /** The ring before `moveTo`: its last frames may still be on their way. */
  #before: DecoderRing | null = null
  #stopped = false
  #ended = false
  #grace: NodeJS.Timeout | undefined

  constructor(pool: AvPool, request: DecodeRequest, listener: DecoderListener) {
    const { source, ring, killGraceMs, unpaced = false } = request
    this.#pool = pool
    this.#ring = ring
    this.#listener = listener
    this.#killGraceMs = killGraceMs
    this.#process = pool.take()
    const { kind, address } = source
    const { epoch, maxFps, keyframesOnly, maxPixels } = request
    this.#keyframesFps = keyframesOnly ? maxFps : null
    const wishes = { epoch, maxFps, keyframesOnly, maxPixels, unpaced }
    const order = { source: { kind, address }, ring: ring.address, shape: ring.shape, ...wishes }
    this.#id = this.#process.start(order, this.#hearing())
  }

  get pid(): number | null {
    return this.#ended ? null : this.#process.pid
  }

  get ring(): DecoderRing {
    return this.#ring
  }

  change(change: DecoderChange): boolean {
    if ('ring' in change) this.#moveTo(change.ring)
    else if (this.#lacks(change.maxFps)) return false
    else this.#process.send({ kind: 'cap', id: this.#id, maxFps: change.maxFps })
    return true
  }

  stop(reason: DropReason): void {
    if (this.#stopped || this.#ended) return
    this.#stopped = true
    this.#process.send({ kind: 'stop', id: this.#id, reason })
    this.#grace = setTimeout(() => this.#process.kill(), SHARED_GRACE * this.#killGraceMs)
  }

  #moveTo(ring: DecoderRing): void {
    if (this.#ended || this.#stopped) return
    this.#before = this.#ring
    this.#ring = ring
    this.#process.send({ kind: 'move', id: this.#id, ring: ring.address })
  }

  /** Frames between key frames cannot be decoded from where they begin. */
  #lacks(maxFps: number | null): boolean {
    return this.#keyframesFps !== null && (maxFps === null || maxFps > this.#keyframesFps)
  }

  #hearing(): StreamListener {
    return {
      message: message => this.#hear(message),
      crashed: () => this.#crashed(),
    }
  }

  #hear(message: Parameters<StreamListener['message']>[0]): void {
    if (message.kind === 'ended') this.#end(message.end)
    else if (message.kind === 'event') this.#listener.event(message.event)
    else if (message.kind === 'frame') this.#committed(message)
    else this.#listener.arrived()
  }

  #committed({ slabEpoch, slot, generation }: Frame): void {
    const ring = [this.#ring, this.#before].find(known => known?.address.slabEpoch === slabEpoch)
    if (ring) this.#listener.committed(ring, { slabEpoch, slot, generation, stream: ring.address.stream })
    this.#listener.arrived()
  }

  /** A frame that it was writing is dropped: nobody else does that for a dead process. */
  #crashed(): void {
    if (this.#ended) return
    this.#ring.retake()
    this.#end(this.#stopped ? { kind: 'exited', code: null } : { kind: 'crashed' })
  }

  #end(end: DecoderEnd): void {
    this.#ended = true
    clearTimeout(this.#grace)
    this.#pool.released(this.#process)
    this.#listener.ended(end)
  }
}
