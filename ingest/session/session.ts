/** One stream as ingest runs it: attempts one after the other, the state they lead to, and the report of it. */
import { sleep, wallMs } from '../../shared/clock.js'
import type { DropReason } from '../../shared/frame/balance.js'
import type { Log } from '../../shared/log.js'
import type { EffectiveStream } from '../../shared/stream/effective.js'
import type { IngestReport, SourceInfo } from '../../shared/stream/stream.js'
import { isPermanent, reasonOf } from '../decoder/failure.js'
import type { Source } from '../decoder/source.js'
import type { AttachedSlab } from '../slab-follower.js'
import { Attempt, type AttemptEnd, type AttemptListener } from './attempt.js'
import { backoffMs } from './backoff.js'
import { Decoding, isDecodedOtherwise } from './decoding.js'
import { FrameRate } from './frame-rate.js'
import type { SessionHost } from './host.js'
import { KeyframeChoice } from './keyframe-choice.js'
import { openSource } from './opening.js'
import { pauseReason } from './pause.js'
import { Place, type PlacedSession } from './place.js'
import { type SessionRing, takeRing } from './session-ring.js'
import { begin, type Machine, type SessionEvent, step } from './state.js'

export class Session {
  readonly #host: SessionHost
  readonly #log: Log
  readonly #rate = new FrameRate()
  readonly #decoding: Decoding
  readonly #keyframes = new KeyframeChoice()
  #stream: EffectiveStream
  #machine: Machine = begin(wallMs())
  readonly #place: Place
  #attempt: Attempt | null = null
  #opened: Source | null = null
  #life: { abort: AbortController; done: Promise<void> } | null = null
  #source: SourceInfo | null = null
  #epoch = 0
  #attempts = 0
  #decodeErrors = 0

  constructor(stream: EffectiveStream, slab: AttachedSlab | null, host: SessionHost) {
    this.#stream = stream
    this.#host = host
    this.#log = host.log.child({ stream: stream.id })
    this.#decoding = new Decoding(host.decoders)
    this.#place = new Place(this.#placed(), this.#log)
    this.useSlab(slab)
    this.#announce()
    if (stream.enabled) this.#start()
    else this.#apply({ kind: 'pause', reason: pauseReason(stream) })
  }

  get stream(): EffectiveStream {
    return this.#stream
  }

  /** Where its frames go now. */
  get slab(): AttachedSlab | null {
    return this.#place.slab
  }

  /** Two while one takes over from the other. */
  get decoderPids(): number[] {
    return [this.#attempt?.pid, this.#place.secondPid].flatMap(pid => pid ?? [])
  }

  /** Makes the desired state so. Idempotent. */
  update(stream: EffectiveStream): void {
    const before = this.#stream
    const { sharesRing } = this.#decoding.backend
    this.#stream = stream
    if (before.sealedUrl !== stream.sealedUrl) this.#decoding.forget()
    if (!stream.enabled) {
      this.#apply({ kind: 'pause', reason: pauseReason(stream) })
      this.#life?.abort.abort('paused' satisfies DropReason)
    } else if (!before.enabled) {
      this.#apply({ kind: 'resume' })
      this.#start()
    } else if (isDecodedOtherwise(before, stream) || !this.#place.followCap(stream.fps, sharesRing)) {
      this.#apply({ kind: 'restart' })
      this.#life?.abort.abort('paused' satisfies DropReason)
      this.#start()
    }
  }

  /** Moves the stream to another slab, without a gap where it is live; with none it waits for one. */
  useSlab(slab: AttachedSlab | null): void {
    this.#place.useSlab(slab, to => takeRing(to, this.#stream, this.#host.settings.leaseTimeoutMs))
  }

  /** Whether a byte may still be written to the slab. */
  uses(slab: AttachedSlab): boolean {
    return this.#place.uses(slab)
  }

  /** Ends within the decoder's grace. */
  async close(why: 'removed' | 'shutdown'): Promise<void> {
    this.#apply({ kind: 'close', reason: reasonOf(why) })
    this.#life?.abort.abort((why === 'removed' ? 'paused' : 'shutdown') satisfies DropReason)
    await Promise.all([this.#life?.done, this.#place.close()])
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
      decoderPid: this.#attempt?.pid ?? null,
      keyframesOnly: this.#attempt !== null && this.#keyframes.chosen,
      decoder: this.#decoding.report(this.#stream.decoder ?? 'auto', this.#attempt !== null),
      atMs: wallMs(),
    }
  }

  #start(): void {
    const abort = new AbortController()
    const before = this.#life?.done ?? Promise.resolve()
    this.#keyframes.forget()
    this.#life = { abort, done: before.then(() => this.#run(abort.signal)) }
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      const startedMs = performance.now()
      const end = await this.#tryOnce(signal)
      this.#decoding.ended(end)
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
    if (end.kind !== 'ended') {
      if (end.kind === 'restart' && end.keyframesTooRare) this.#keyframes.tooRare()
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
    const opened = openSource(this.#host, this.#stream)
    if ('reason' in opened) return opened
    this.#opened = opened
    await this.#host.turn(signal)
    await this.#decoding.choose(this.#stream.decoder ?? 'auto')
    const ring = await this.#awaitRing(signal)
    if (!ring || signal.aborted) return { kind: 'stopped' }
    this.#attempt = this.#begin(ring)
    const stop = (): void => {
      this.#attempt?.stop(signal.reason as DropReason)
      this.#place.arrive()
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await this.#lastEnd(this.#attempt)
    } finally {
      signal.removeEventListener('abort', stop)
      this.#attempt = null
      this.#place.arrive()
    }
  }

  /** The end of the attempt that no other has taken over from. */
  async #lastEnd(attempt: Attempt): Promise<AttemptEnd> {
    const end = await attempt.ended
    return this.#attempt && this.#attempt !== attempt ? this.#lastEnd(this.#attempt) : end
  }

  async #awaitRing(signal: AbortSignal): Promise<SessionRing | null> {
    const waiting = (): void => this.#apply({ kind: 'waiting', reason: reasonOf('waiting_for_slab') })
    const ring = await this.#place.ring(signal, waiting)
    const waitedForSlab = this.#machine.reason?.code === 'waiting_for_slab'
    if (waitedForSlab && ring && !signal.aborted) this.#apply({ kind: 'waiting', reason: null })
    return ring
  }

  /** What the place may do with this session. */
  #placed(): PlacedSession {
    return {
      current: () => ({ attempt: this.#attempt, live: this.#machine.state === 'live' }),
      replace: attempt => {
        this.#attempt = attempt
      },
      turn: signal => this.#host.turn(signal),
      begin: (ring, onFrame) => this.#begin(ring, onFrame),
    }
  }

  #begin(ring: SessionRing, onFrame = (): void => undefined): Attempt {
    const { settings } = this.#host
    const source = this.#opened as Source // whoever begins has opened it
    this.#epoch = Math.max(this.#epoch + 1, wallMs())
    this.#attempts++
    const keyframesOnly = this.#keyframes.choose(this.#stream.fps, source)
    const wishes = { epoch: this.#epoch, maxFps: this.#stream.fps, keyframesOnly }
    const decoder = { ...settings, ...wishes, source, ring }
    const request = { backend: this.#decoding.backend, decoder, watchdog: settings }
    return new Attempt(request, this.#listener(onFrame), this.#log)
  }

  #listener(onFrame: () => void): AttemptListener {
    return {
      frame: (ring, ref) => {
        onFrame()
        this.#rate.add(performance.now())
        this.#host.out.ref(ring.slabId, ref)
        if (this.#machine.state !== 'live') this.#apply({ kind: 'frame' })
      },
      source: (source, clock) => {
        this.#source = source
        this.#decoding.stampedBy(clock)
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
