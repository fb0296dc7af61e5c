/**
 * A Ringside in simulated time, as its reports tell of it: start-up, warm-up, streams that come and go, and noise.
 *
 * The figures are those of a real one: a demo of two cameras on two cores, anonymous memory sampled each second for 15 minutes.
 * Start-up: +20 to +40 MiB that go within two minutes; then ±0.5 MiB from second to second (JavaScript heaps ±1), 1 MiB
 * from minute to minute, single peaks; the host's figure moved by up to 700 MiB, as other programs came and went.
 */
import type { Alert } from '../../shared/memory/alert.js'
import type { Allocation, AllocationKind, AllocationReport } from '../../shared/memory/allocation.js'
import { HoldDown } from '../../shared/memory/hold-down.js'
import { MemoryWatch } from '../../shared/memory/memory-watch.js'
import type { AlertThresholds } from '../../shared/memory/rules.js'
import type { MemorySample } from '../../shared/memory/timeline.js'
import type { Stage } from '../../shared/process/report.js'

export const MIB = 2 ** 20
const GIB = 2 ** 30
export const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const STEP_MS = 10_000
const START_MS = Date.UTC(2026, 10, 21)
export const thresholds: AlertThresholds = {
  memoryUsage: 0.9,
  fragmentation: 0.4,
  hostMemory: 0.9,
  shm: 0.9,
  exhaustionMs: 30 * MINUTE_MS,
}

export interface LifeOptions {
  seed: number
  hours: number
  /** Grows from `fromMs` after the start. */
  leak?: { stage: Stage; kind: AllocationKind; owner: string; bytesPerHour: number; fromMs: number }
  /** ms after the start at which a stream is added (+1) or removed (−1). */
  streamChanges?: { atMs: number; by: 1 | -1 }[]
  /** How much noisier than what was measured. */
  noise?: number
  device?: 'cpu-0' | 'cuda-0'
}

/** What happened, with times after the start. */
export interface Told extends Alert {
  afterMs: number
}

/** Runs the whole life through the watch and the hold-down, in steps of ten seconds. */
export function live(options: LifeOptions): Told[] {
  const life = new Life(options)
  const watch = new MemoryWatch(thresholds)
  const holdDown = new HoldDown([])
  const told: Told[] = []
  for (let afterMs = 0; afterMs <= options.hours * HOUR_MS; afterMs += STEP_MS) {
    const nowMs = START_MS + afterMs
    life.step(afterMs)
    watch.observeSamples([life.sample(nowMs)])
    watch.observeOwners(nowMs, life.reports(nowMs), ({ stage }) => (stage === 'infer' ? life.device : null))
    for (const alert of holdDown.step(watch.readings(nowMs), nowMs)) told.push({ ...alert, afterMs })
  }
  return told
}

interface Owner extends Pick<Allocation, 'kind' | 'owner' | 'where'> {
  stage: Stage
  level: number
  /** What start-up takes beyond that, and how long it takes to go. */
  startBytes: number
  /** What comes slowly after it, and its time constant. */
  warmBytes: number
  warmMs: number
  jitter: number
  /** State of what wanders from minute to minute. */
  wander: number
  bornMs: number
}

class Life {
  readonly device: string
  readonly #random: () => number
  readonly #owners: Owner[] = []
  readonly #options: LifeOptions
  #streams = 2
  #afterMs = 0
  #fragments = 0
  #host = 0

  constructor(options: LifeOptions) {
    this.#options = options
    this.device = options.device ?? 'cpu-0'
    this.#random = mulberry32(options.seed)
    const where = this.device === 'cuda-0' ? 'device' : 'host'
    this.#add('publish', 'heap', 'process', 'host', { level: 30, start: 35, warm: 6, jitter: 1 })
    this.#add('publish', 'external', 'process', 'host', { level: 12, start: 5, warm: 1, jitter: 0.5 })
    this.#add('publish', 'other', 'process', 'host', { level: 14, start: 5, warm: 2, jitter: 0.5 })
    this.#add('ingest', 'heap', 'process', 'host', { level: 28, start: 25, warm: 3, jitter: 1 })
    this.#add('ingest', 'other', 'process', 'host', { level: 18, start: 5, warm: 2, jitter: 0.5 })
    this.#add('infer', 'heap', 'process', 'host', { level: 32, start: 20, warm: 4, jitter: 1 })
    this.#add('infer', 'weights', 'model yolov8n', where, { level: 24, start: 0, warm: 0, jitter: 0 })
    this.#add('infer', 'arena', 'model yolov8n', where, { level: 150, start: -30, warm: 8, jitter: 0.5 })
    this.#add('infer', 'other', 'process', 'host', { level: 20, start: 10, warm: 3, jitter: 0.5 })
    for (let i = 0; i < this.#streams; i++) this.#addStream(i)
  }

  step(afterMs: number): void {
    this.#afterMs = afterMs
    for (const { atMs, by } of this.#options.streamChanges ?? []) {
      if (atMs <= afterMs - STEP_MS || atMs > afterMs) continue
      if (by === 1) this.#addStream(this.#streams++)
      else {
        this.#streams--
        const gone = this.#owners.findIndex(({ owner }) => owner === `stream ${this.#streams}`)
        this.#owners.splice(gone, 1)
      }
    }
    for (const owner of this.#owners) owner.wander = 0.99 * owner.wander + 0.14 * this.#normal()
    this.#fragments = 0.98 * this.#fragments + 0.02 * this.#normal()
    // Other programs begin and end: the level of the host jumps, about once in four minutes.
    if (this.#random() < 0.02) this.#host = 700 * this.#random()
  }

  sample(nowMs: number): MemorySample {
    const isGpu = this.device === 'cuda-0'
    const host = 1000 * MIB + this.#host * MIB + this.#sum('host') + 20 * MIB * this.#normal()
    const inUse = 0.85 * this.#sum(isGpu ? 'device' : 'host')
    const deviceUsed = 500 * MIB + this.#sum('device') + 2 * MIB * this.#normal()
    return {
      atMs: nowMs,
      device: this.device,
      inUseBytes: inUse,
      reservedBytes: inUse / (0.8 + 0.1 * Math.tanh(this.#fragments)),
      peakBytes: null,
      processBytes: inUse,
      deviceUsedBytes: isGpu ? deviceUsed : host,
      deviceTotalBytes: isGpu ? 8 * GIB : null,
      hostUsedBytes: host,
      hostTotalBytes: 8 * GIB,
      shmUsedBytes: 64 * MIB,
      shmTotalBytes: 1024 * MIB,
      ringSlotsUsed: this.#streams * 2,
      ringSlots: this.#streams * 4,
      streams: this.#streams,
      models: ['yolov8n'],
      instance: 'infer-1',
    }
  }

  reports(nowMs: number): AllocationReport[] {
    return (['ingest', 'infer', 'publish'] as const).map((stage, index) => ({
      stage,
      instance: `${stage}-1`,
      pid: 100 + index,
      atMs: nowMs,
      allocations: this.#owners
        .filter(owner => owner.stage === stage)
        .map(owner => {
          const { kind, owner: name, where } = owner
          return { kind, owner: name, where, count: 1, bytes: this.#bytesOf(owner), exact: true }
        }),
    }))
  }

  #bytesOf(owner: Owner): number {
    const { noise = 1, leak } = this.#options
    const ageMs = this.#afterMs - owner.bornMs
    const start = owner.startBytes * Math.exp(-ageMs / 40_000)
    const warm = owner.warmBytes * (1 - Math.exp(-ageMs / owner.warmMs))
    const peak = this.#random() < 0.002 ? 10 * owner.jitter * this.#random() : 0
    const noisy = noise * (owner.jitter * (0.5 * this.#normal() + owner.wander) + peak)
    const isLeaking =
      leak && ['stage', 'kind', 'owner'].every(key => owner[key as 'kind'] === leak[key as 'kind'])
    const leaked = isLeaking ? leak.bytesPerHour * (Math.max(0, this.#afterMs - leak.fromMs) / HOUR_MS) : 0
    return Math.max(0, Math.round((owner.level + start + warm + noisy) * MIB + leaked))
  }

  #sum(where: Allocation['where']): number {
    return this.#owners
      .filter(owner => owner.where === where)
      .reduce((sum, owner) => sum + this.#bytesOf(owner), 0)
  }

  #addStream(index: number): void {
    this.#add('ingest', 'decoder', `stream ${index}`, 'host', { level: 25, start: 3, warm: 1, jitter: 0.5 })
    for (const owner of this.#owners) if (owner.kind === 'heap') owner.level += 0.5 // what comes with each
  }

  #add(
    stage: Stage,
    kind: AllocationKind,
    owner: string,
    where: Allocation['where'],
    mib: { level: number; start: number; warm: number; jitter: number },
  ): void {
    this.#owners.push({
      stage,
      kind,
      owner,
      where,
      level: mib.level,
      startBytes: mib.start * (0.7 + 0.6 * this.#random()),
      warmBytes: mib.warm * (0.5 + this.#random()),
      warmMs: (3 + 17 * this.#random()) * MINUTE_MS,
      jitter: mib.jitter,
      wander: 0,
      bornMs: this.#afterMs,
    })
  }

  /** Box–Muller. */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random()))
    return radius * Math.cos(2 * Math.PI * this.#random())
  }
}

/** A small generator whose runs can be repeated (T. Ettinger's mulberry32). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
