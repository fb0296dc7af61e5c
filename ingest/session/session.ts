/** One stream as ingest runs it: attempts one after the other, the state they lead to, and the report of it. */
import { sleep, wallMs } from '../../shared/clock.js'
import { messageOf } from '../../shared/errors.js'
import type { DropReason } from '../../shared/frame/balance.js'
import type { Log } from '../../shared/log.js'
import { redactText } from '../../shared/secrets/redact.js'
import type { DesiredStream, IngestReport, SourceInfo } from '../../shared/stream/stream.js'
import { isPermanent, reasonOf } from '../decoder/failure.js'
import type { Source } from '../decoder/source.js'
import type { AttachedSlab } from '../slab-follower.js'
import { Attempt, type AttemptEnd } from './attempt.js'
import { backoffMs } from './backoff.js'
import { FrameRate } from './frame-rate.js'
import type { SessionHost } from './host.js'
import { KEYFRAME_CAP_FPS } from './keyframe-trial.js'
import { type SessionRing, sameFrames, takeRing } from './session-ring.js'
import { begin, type Machine, type SessionEvent, step } from './state.js'

export class Session {
  readonly #host: SessionHost
  readonly #log: Log
  readonly #rate = new FrameRate()
  #stream: DesiredStream
  #machine: Machine = begin(wallMs())
  #ring: SessionRing | null = null
  #ringCame: () => void = () => undefined
  #attempt: Attempt | null = null
  #life: { abort: AbortController; done: Promise<void> } | null = null
  #source: SourceInfo | null = null
  #keyframesSuffice = true
  #keyframesOnly = false
  #epoch = 0
  #attempts = 0
  #decodeErrors = 0

  constructor(stream: DesiredStream, slab: AttachedSlab | null, host: SessionHost) {
    this.#stream = stream
    this.#host = host
    this.#log = host.log.child({ stream: stream.id })
    this.useSlab(slab)
    this.#announce()
    if (stream.enabled) this.#start()
    else this.#apply({ kind: 'pause', reason: reasonOf('paused_by_operator') })
  }

  get stream(): DesiredStream {
    return this.#stream
  }

  get decoderPid(): number | null {
    return this.#attempt?.pid ?? null
  }

  /** Makes the desired state so. Idempotent. */
  update(stream: DesiredStream): void {
    const before = this.#stream
    this.#stream = stream
    if (before.enabled && !stream.enabled) {
      this.#apply({ kind: 'pause', reason: reasonOf('paused_by_operator') })
      this.#stop('paused')
    } else if (!before.enabled && stream.enabled) {
      this.#apply({ kind: 'resume' })
      this.#start()
    } else if (stream.enabled && (before.sealedUrl !== stream.sealedUrl || before.fps !== stream.fps)) {
      this.#apply({ kind: 'restart' })
      this.#stop('paused')
      this.#start()
    }
  }

  /** Moves the stream to another slab, from the next frame on; with none it waits for one. */
  useSlab(slab: AttachedSlab | null): void {
    if (this.#ring?.slab === slab) return
    const before = this.#ring
    this.#ring = slab && takeRing(slab, this.#stream, this.#host.settings.leaseTimeoutMs)
    if (this.#ring && before && sameFrames(this.#ring, before)) this.#attempt?.moveTo(this.#ring)
    else this.#attempt?.restart()
    if (this.#ring) this.#ringCame()
  }

  /** Whether a byte may still be written to the slab. */
  uses(slab: AttachedSlab): boolean {
    return this.#ring?.slab === slab || (this.#attempt?.ring as SessionRing | undefined)?.slab === slab
  }

  /** Ends within the decoder's grace. The ring of a removed stream is given up. */
  async close(why: 'removed' | 'shutdown'): Promise<void> {
    this.#apply({ kind: 'close', reason: reasonOf(why) })
    this.#stop(why === 'removed' ? 'paused' : 'shutdown')
    await this.#life?.done
    if (why === 'removed') this.#ring?.writer.retire()
  }

  report(): IngestReport {
    return {
      state: this.#machine.state,
      reason: this.#machine.reason,
      sinceMs: this.#machine.sinceMs,
      source: this.#source,
      receivedFps: this.#rate.fps(performance.now()),
      restarts: Math.max(0, this.#attempts - 1),
      decodeErrors: this.#decodeErrors,
      decoderPid: this.decoderPid,
      keyframesOnly: this.#attempt !== null && this.#keyframesOnly,
      atMs: wallMs(),
    }
  }

  #start(): void {
    const abort = new AbortController()
    const before = this.#life?.done ?? Promise.resolve()
    this.#keyframesSuffice = true
    this.#life = { abort, done: before.then(() => this.#run(abort.signal)) }
  }

  #stop(reason: DropReason): void {
    this.#life?.abort.abort(reason)
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      const startedMs = performance.now()
      const end = await this.#tryOnce(signal)
      const lasted = performance.now() - startedMs > this.#host.settings.stallTimeoutMs && this.#rate.seen
      failures = lasted ? 1 : failures + 1
      this.#rate.reset()
      if (signal.aborted || end.kind === 'stopped') return
      await this.#recover(end, failures, signal)
    }
  }

  async #recover(
    end: Exclude<AttemptEnd, { kind: 'stopped' }>,
    failures: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { settings } = this.#host
    if (end.kind === 'restart') {
      if (end.keyframesTooRare) this.#keyframesSuffice = false
      this.#apply({ kind: 'restart' })
      await sleep(failures > 1 ? backoffMs(failures - 1, settings, Math.random()) : 0, signal)
      return
    }
    this.#apply({ kind: 'end', reason: end.reason, permanent: isPermanent(end.reason) })
    const failed = this.#machine.state === 'failed'
    await sleep(failed ? settings.failedRetryMs : backoffMs(failures, settings, Math.random()), signal)
    if (!signal.aborted) this.#apply({ kind: 'retry' })
  }

  async #tryOnce(signal: AbortSignal): Promise<AttemptEnd> {
    let source: Source
    try {
      source = this.#host.openSource(this.#stream)
    } catch (error) {
      return { kind: 'ended', reason: { code: 'invalid_source', text: redactText(messageOf(error)) } }
    }
    await this.#host.turn(signal)
    const ring = await this.#awaitRing(signal)
    if (!ring || signal.aborted) return { kind: 'stopped' }
    const attempt = this.#begin(source, ring)
    const stop = (): void => attempt.stop(signal.reason as DropReason)
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await attempt.ended
    } finally {
      signal.removeEventListener('abort', stop)
      this.#attempt = null
    }
  }

  async #awaitRing(signal: AbortSignal): Promise<SessionRing | null> {
    if (this.#ring) return this.#ring
    this.#apply({ kind: 'waiting', reason: reasonOf('waiting_for_slab') })
    await new Promise<void>(resolve => {
      this.#ringCame = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    if (!signal.aborted) this.#apply({ kind: 'waiting', reason: null })
    return this.#ring
  }

  #begin(source: Source, ring: SessionRing): Attempt {
    const { settings, ffmpeg } = this.#host
    const { fps } = this.#stream
    this.#keyframesOnly =
      this.#keyframesSuffice && fps !== null && fps <= KEYFRAME_CAP_FPS && source.kind === 'rtsp'
    this.#epoch = Math.max(this.#epoch + 1, wallMs())
    this.#attempts++
    const decoder = {
      ffmpeg,
      source,
      shape: ring.shape,
      maxFps: fps,
      keyframesOnly: this.#keyframesOnly,
      maxPixels: settings.maxPixels,
      killGraceMs: settings.killGraceMs,
    }
    const request = { decoder, ring, epoch: this.#epoch, watchdog: settings }
    this.#attempt = new Attempt(request, this.#listener(), this.#log)
    return this.#attempt
  }

  #listener(): ConstructorParameters<typeof Attempt>[1] {
    return {
      frame: (ring, ref) => {
        this.#rate.add(performance.now())
        this.#host.out.ref(ring.slabId, ref)
        if (this.#machine.state !== 'live') this.#apply({ kind: 'frame' })
      },
      source: source => {
        this.#source = source
      },
      corruption: () => {
        this.#decodeErrors++
      },
      gap: reason => this.#apply({ kind: 'gap', reason }),
    }
  }

  #apply(event: SessionEvent): void {
    const before = this.#machine
    this.#machine = step(before, event, wallMs())
    if (this.#machine === before) return
    this.#log.info({ state: this.#machine.state, reason: this.#machine.reason }, 'stream state')
    this.#announce()
  }

  #announce(): void {
    const { state, reason, sinceMs } = this.#machine
    const { id } = this.#stream
    this.#host.out.event({ type: 'stream.state', v: 1, stream: id, state, reason, since: sinceMs })
    if (reason?.code !== 'removed') this.#host.out.report(id, this.report())
  }
}
