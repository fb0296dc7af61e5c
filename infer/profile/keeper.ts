/**
 * Measures a model when it first serves on a device, while it serves: one model at a time, in turns that nobody else wants.
 *
 * Memory: on a GPU the load itself was watched. On a CPU the process has more in memory than the model, so the model is loaded
 * again in a process of its own, of low priority, and held in the ledger meanwhile; where there is no room for that, the load's
 * own figures are taken. Time: full batches on the engine that serves, each in a turn alone, when no batch waits. A model that goes
 * meanwhile is measured next time.
 */
import fs from 'node:fs/promises'
import type { ModelProfile } from '../../shared/budget/profile.js'
import type { ProfileSubject } from '../../shared/budget/staleness.js'
import { sleep } from '../../shared/clock.js'
import { messageOf } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import { version } from '../../shared/process/version.js'
import type { LoadMemory } from '../engine/load-memory.js'
import type { Held } from '../host/capacity.js'
import { OneAtATime } from '../host/one-at-a-time.js'
import type { LoadedModel } from '../inference.js'
import type { Turn } from '../turn.js'
import type { ProfileBook } from './book.js'
import { buildProfile } from './build.js'
import { loadRounds } from './memory-rounds.js'
import { timeBuckets } from './timing.js'

/** First the streams that wait for the model. */
const SETTLE_MS = 3000
const ROUNDS = 2
/** Rests after a run, of its own length: a fifth of an idle device at most. */
const PAUSES = 4

export interface KeeperParts {
  book: ProfileBook
  turn: Turn
  slabDir: string
  threads: number
  /** What a profile of the model would be about. */
  subjectOf(loaded: LoadedModel): ProfileSubject & Pick<ModelProfile, 'device'>
  /** Host memory that models may still take. */
  freeBytes(): number
  /** @returns false where the ledger has no room for it; what it had, `held` keeps. */
  reserve(held: Held): Promise<boolean>
  settleMs?: number
}

export class ProfileKeeper {
  readonly #parts: KeeperParts
  readonly #queue = new OneAtATime()
  readonly #closing = new AbortController()
  #held: readonly Held[] = []

  constructor(
    parts: KeeperParts,
    private readonly log: Log,
  ) {
    this.#parts = parts
  }

  /** What it takes of the device now, beside the models that are loaded. */
  get held(): readonly Held[] {
    return this.#held
  }

  /** Measures the model, unless its profile holds. @returns when that is done, or was given up. */
  consider(loaded: LoadedModel): Promise<void> {
    return this.#queue.do(async () => {
      try {
        await sleep(this.#parts.settleMs ?? SETTLE_MS, this.#closing.signal)
        if (!this.#closing.signal.aborted) await this.#consider(loaded)
      } catch (error) {
        const level = this.#closing.signal.aborted ? 'debug' : 'info'
        this.log[level](
          { model: loaded.model.name, reason: messageOf(error) },
          'a model was not measured to its end; it is when it loads again',
        )
      }
    })
  }

  /** Nothing runs afterwards. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#queue.do(async () => undefined)
  }

  async #consider(loaded: LoadedModel): Promise<void> {
    const { book } = this.#parts
    const subject = { ...this.#parts.subjectOf(loaded), provider: loaded.engineInfo.provider }
    const why = book.why(subject)
    if (why === null) return
    this.log.info({ model: subject.model, why }, 'a model is measured')
    const profile = await this.#measure(loaded, subject)
    await book.keep(profile)
    const { fit, buckets } = profile
    this.log.info(
      { model: subject.model, fit, p50Ms: buckets.map(({ bucket, p50Ms }) => [bucket, p50Ms]) },
      'model measured',
    )
  }

  async #measure(
    loaded: LoadedModel,
    subject: ProfileSubject & Pick<ModelProfile, 'device'>,
  ): Promise<ModelProfile> {
    const { turn } = this.#parts
    const { model, engine, engineInfo: info, slab } = loaded
    const onGpu = subject.device.kind === 'gpu'
    const own = info.memory
    if (!own) throw new Error('its engine does not tell what its load took')
    const rounds = onGpu ? [own] : await this.#roundsOf(loaded, own)
    const slots = slab.layout.slotCount
    const times = await timeBuckets({
      engine,
      known: new Map(own.buckets.map(({ bucket, runMs }) => [bucket, runMs])),
      slots,
      onGpu,
      beside: { turn: turn.alone, isFree: () => turn.isFree, pauses: PAUSES },
      signal: this.#closing.signal,
    })
    const [file, slabFile] = await Promise.all([fs.stat(model.file), fs.stat(slab.path)])
    const figures = { layoutBytes: slab.layout.totalBytes, allocatedBytes: slabFile.blocks * 512, slots }
    const fileBytes = file.size
    return buildProfile({
      subject,
      model,
      fileBytes,
      info,
      rounds,
      times,
      slab: figures,
      measuredAtMs: Date.now(),
      version,
    })
  }

  async #roundsOf({ model, slab }: LoadedModel, own: LoadMemory): Promise<readonly LoadMemory[]> {
    const { slabDir, threads, freeBytes, reserve } = this.#parts
    const buckets = own.buckets.map(({ bucket }) => bucket)
    const tookBytes =
      own.sessionBytes + own.buckets.reduce((sum, { residentBytes }) => sum + residentBytes, 0)
    const held = { what: `profile of ${model.name}`, model: null, bytes: { host: tookBytes, device: 0 } }
    const free = freeBytes()
    if (tookBytes > free || !(await reserve(held))) {
      const told = { model: model.name, tookBytes, freeBytes: free, slab: slab.path }
      this.log.info(told, 'no room to load it a second time: the figures are those of its own load')
      return [own]
    }
    this.#held = [held]
    try {
      return await loadRounds(model, { slabDir, buckets, threads }, ROUNDS, this.#closing.signal)
    } finally {
      this.#held = []
    }
  }
}
