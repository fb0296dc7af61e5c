/**
 * What memory does over time, and what the rules say of it. Holds figures of the last six hours in memory of a bounded size;
 * touches nothing else, so that hours pass in a test as fast as it likes.
 *
 *   samples of devices ─────► usage, fragmentation, host, /dev/shm: the newest figure
 *            └──────────────► exhaustion: growth of the device's and the host's memory
 *   reports of processes ───► leak: growth of each owner
 */
import type { AllocationReport } from './allocation.js'
import { timings } from './hold-down.js'
import {
  exhaustionRules,
  type Growth,
  type GrowthRules,
  growthOf,
  leakRules,
  lenient,
  msToExhaustion,
} from './leak.js'
import { type GrowingOwner, readLeak } from './leak-reading.js'
import { type OwnerId, ownerKey } from './owner.js'
import {
  type AlertThresholds,
  type Reading,
  readDeviceUsage,
  readExhaustion,
  readFragmentation,
  readHostMemory,
  readShm,
} from './rules.js'
import { Series } from './series.js'
import type { MemorySample } from './timeline.js'

/** As far as the longest window looks back. */
export const WATCHED_MS = 21_600_000
export const SAMPLE_STEP_MS = 10_000
const OWNER_STEP_MS = 30_000
/** Growth needs minutes to show: each figure is judged this often. */
const JUDGE_EVERY_MS = 60_000
/** Figures judged in one go: each takes about a millisecond of a thread that also serves clients. */
const JUDGED_AT_ONCE = 24
/** Growth that was certain for as long as its alert is held down is judged leniently from then on. */
const CERTAIN_MS = timings.leak.holdMs
const MAX_OWNERS = 1000
/** An owner that nobody reports any more is let go. */
const FORGET_OWNER_MS = 120_000

interface Watched {
  series: Series
  rules: GrowthRules
  judgedMs: number
  growth: Growth | null
  /** Since when the growth is certain; null where it is not. */
  certainSinceMs: number | null
}

interface WatchedOwner extends Watched {
  id: OwnerId
  /** Whose memory it is; null is the host's. */
  device: string | null
}

/** One process of infer is one device. */
export type DeviceOf = (report: AllocationReport) => string | null

export class MemoryWatch {
  readonly #thresholds: AlertThresholds
  readonly #latest = new Map<string, MemorySample>()
  readonly #devices = new Map<string, Watched>()
  readonly #host = watched(SAMPLE_STEP_MS, exhaustionRules)
  readonly #owners = new Map<string, WatchedOwner>()
  #startedMs = 0

  constructor(thresholds: AlertThresholds) {
    this.#thresholds = thresholds
  }

  /** Samples of one time, one of each device that lives; a device that is not among them is gone. Also those of the past, in order. */
  observeSamples(samples: readonly MemorySample[]): void {
    const context = contextOf(samples)
    this.#latest.clear()
    for (const sample of samples) {
      this.#latest.set(sample.device, sample)
      if (sample.deviceUsedBytes === null || !sample.deviceTotalBytes) continue
      const device = this.#devices.get(sample.device) ?? watched(SAMPLE_STEP_MS, exhaustionRules)
      this.#devices.set(sample.device, device)
      if (sample.atMs >= device.series.newestMs)
        device.series.add(sample.atMs, sample.deviceUsedBytes, contextOf([sample]))
    }
    const [first] = samples
    if (first && first.atMs >= this.#host.series.newestMs)
      this.#host.series.add(first.atMs, first.hostUsedBytes, context)
  }

  /** What every process holds; owners that none names any more are forgotten. */
  observeOwners(nowMs: number, reports: readonly AllocationReport[], deviceOf: DeviceOf): void {
    this.#startedMs ||= nowMs
    const context = contextOf([...this.#latest.values()])
    for (const report of reports) {
      for (const allocation of report.allocations) {
        const id = { stage: report.stage, ...pick(allocation) }
        const key = `${report.instance}|${ownerKey(id)}`
        const owner = this.#owners.get(key) ?? this.#newOwner(key, id, deviceOf(report))
        if (owner && report.atMs > owner.series.newestMs)
          owner.series.add(report.atMs, allocation.bytes, context)
      }
    }
    for (const [key, { series }] of this.#owners)
      if (nowMs - series.newestMs > FORGET_OWNER_MS + OWNER_STEP_MS) this.#owners.delete(key)
  }

  /** What every rule says now. */
  readings(nowMs: number): Reading[] {
    this.#judge(nowMs)
    const thresholds = this.#thresholds
    const samples = [...this.#latest.values()]
    const [first] = samples
    return [
      ...samples.flatMap(sample => readDeviceUsage(sample, thresholds)),
      ...samples.flatMap(sample => readFragmentation(sample, thresholds)),
      ...(first ? [...readHostMemory(first, thresholds), ...readShm(first, thresholds)] : []),
      ...this.#exhaustions(samples),
      ...this.#leaks(nowMs, samples),
    ]
  }

  #exhaustions(samples: readonly MemorySample[]): Reading[] {
    const ofDevices = samples.flatMap(({ device, deviceTotalBytes }) => {
      if (device.startsWith('cpu-') || deviceTotalBytes === null) return []
      const growth = this.#devices.get(device)?.growth ?? null
      return [readExhaustion({ device, growth, limitBytes: deviceTotalBytes }, this.#thresholds)]
    })
    const [first] = samples
    if (!first) return ofDevices
    const host = { device: null, growth: this.#host.growth, limitBytes: first.hostTotalBytes }
    return [...ofDevices, readExhaustion(host, this.#thresholds)]
  }

  /** One reading for each device and one for the host, whether anything grows or not. */
  #leaks(nowMs: number, samples: readonly MemorySample[]): Reading[] {
    const isSure = nowMs - this.#startedMs > leakRules.minSpanMs + leakRules.settleMs
    return [null, ...samples.map(({ device }) => device)].map(device => {
      const growing = this.#growing(device)
      return readLeak(device, growing, this.#msLeft(device, growing), isSure)
    })
  }

  #growing(device: string | null): GrowingOwner[] {
    return [...this.#owners.values()].flatMap(({ id, growth, device: of }) =>
      of === device && growth ? [{ id, growth }] : [],
    )
  }

  /** Of the device where the growth is there, else of the host. */
  #msLeft(device: string | null, growing: readonly GrowingOwner[]): number {
    const slope = growing.reduce((sum, { growth }) => sum + growth.slope, 0)
    const sample = (device === null ? undefined : this.#latest.get(device)) ?? [...this.#latest.values()][0]
    const [largest] = [...growing].sort((a, b) => b.growth.slope - a.growth.slope)
    if (!sample || !largest) return Number.POSITIVE_INFINITY
    const isOnDevice = largest.id.where === 'device' && sample.deviceTotalBytes !== null
    const limit = isOnDevice ? (sample.deviceTotalBytes as number) : sample.hostTotalBytes
    const level = isOnDevice ? (sample.deviceUsedBytes ?? 0) : sample.hostUsedBytes
    return msToExhaustion({ ...largest.growth, slope, level }, limit)
  }

  /** Those that waited longest, a few at a time. */
  #judge(nowMs: number): void {
    const all: Watched[] = [this.#host, ...this.#devices.values(), ...this.#owners.values()]
    const due = all.filter(({ judgedMs }) => nowMs - judgedMs >= JUDGE_EVERY_MS)
    for (const each of due.sort((a, b) => a.judgedMs - b.judgedMs).slice(0, JUDGED_AT_ONCE)) {
      each.judgedMs = nowMs
      const isOld = each.certainSinceMs !== null && nowMs - each.certainSinceMs > CERTAIN_MS
      each.growth = growthOf(each.series.points(), nowMs, isOld ? lenient(each.rules) : each.rules)
      each.certainSinceMs = each.growth ? (each.certainSinceMs ?? nowMs) : null
    }
  }

  #newOwner(key: string, id: OwnerId, device: string | null): WatchedOwner | null {
    if (this.#owners.size >= MAX_OWNERS) return null
    const owner = { ...watched(OWNER_STEP_MS, leakRules), id, device }
    this.#owners.set(key, owner)
    return owner
  }
}

function watched(stepMs: number, rules: GrowthRules): Watched {
  return { series: new Series(stepMs, WATCHED_MS), rules, judgedMs: 0, growth: null, certainSinceMs: null }
}

/** What explains a change of memory: another of it begins a new segment. */
function contextOf(samples: readonly MemorySample[]): string {
  return samples
    .map(({ device, instance, streams, models }) => [device, instance, streams, ...models.toSorted()].join())
    .join('|')
}

function pick({ kind, owner, where }: OwnerId | Omit<OwnerId, 'stage'>): Omit<OwnerId, 'stage'> {
  return { kind, owner, where }
}
