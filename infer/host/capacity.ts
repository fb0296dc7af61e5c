/**
 * What infer says to the ledger each second: what its device is able to do, and what is held there whichever streams run. A model
 * that no stream uses gives way as soon as its room is needed, so that nothing is held for it; the default one never does.
 */
import os from 'node:os'
import type { Config } from '../../config/schema.js'
import type { Reservation } from '../../shared/budget/reservation.js'
import { type Amounts, noAmounts } from '../../shared/budget/resources.js'
import { messageOf } from '../../shared/errors.js'
import type { StageContext } from '../../shared/process/stage.js'
import { Capacities, type ReportedCapacity } from '../../shared/redis/capacities.js'
import { Ledger } from '../../shared/redis/ledger.js'
import { type DeviceFacts, hostBytes } from '../engine/device.js'
import { profiledDevice } from '../profile/subject.js'
import { candidateBuckets, chooseThreads } from '../tune.js'

const PERIOD_MS = 1000
/**
 * NVDEC by name of the GPU, as measured with H.264 of 1080p (docs/performance.md): all its engines together, 1,600 frames/s at 30 %
 * of them; and what scaling takes of the multiprocessors beside inference, 0.27 ms a frame.
 */
const KNOWN_DECODERS: readonly [name: RegExp, decode: number, scale: number][] = [
  [/\bH200\b/, 10_900_000_000, 7_600_000_000],
]

/** What a process holds beyond what streams reserve. */
export interface Held {
  /** Unique in this process: `model ringside-nano`, `profile of yolox-nano`. */
  what: string
  /** Whose fixed part it is, so that it counts once with those of streams; null: its own. */
  model: string | null
  bytes: { host: number; device: number }
}

export interface CapacityParts {
  facts: DeviceFacts
  /** By its one name. */
  defaultModel: string
  /** What the settings fix for models; null: they follow the budget. */
  modelBytes: number | null
  held(): readonly Held[]
}

export function capacityOf(
  config: Pick<Config, 'slab' | 'budget' | 'infer'>,
  facts: DeviceFacts,
  defaultModel: string,
): ReportedCapacity {
  const { id, kind, name, totalBytes } = facts
  const { maxStreams, ringSlots } = config.slab
  const { decodePixelsPerSecond } = config.budget
  const known = knownDecoder(facts)
  const ownThreads = chooseThreads(config.infer.threads, os.availableParallelism())
  const { driver, fingerprint, threads } = profiledDevice(facts, ownThreads)
  return {
    id,
    kind,
    name,
    deviceTotalBytes: kind === 'gpu' ? totalBytes : null,
    hostTotalBytes: hostBytes(),
    cores: os.availableParallelism(),
    slabRows: maxStreams,
    slabSlots: maxStreams * ringSlots,
    decodePixelsPerSecond: decodePixelsPerSecond === 'auto' ? known.decode : decodePixelsPerSecond,
    scalePixelsPerSecond: known.scale,
    pcieBytesPerSecond: null, // profiles measure it
    defaultModel,
    buckets: candidateBuckets(config.infer.buckets, 'dynamic', kind),
    profiled: { driver, fingerprint, threads },
    atMs: Date.now(),
  }
}

function knownDecoder({ kind, name }: DeviceFacts): Record<'decode' | 'scale', number | null> {
  const found = kind === 'cpu' ? undefined : KNOWN_DECODERS.find(([pattern]) => pattern.test(name))
  return { decode: found?.[1] ?? null, scale: found?.[2] ?? null }
}

export function startCapacityReport(
  { connection, log, instance }: StageContext,
  config: Pick<Config, 'slab' | 'budget' | 'infer'>,
  parts: CapacityParts,
): { close(): Promise<void> } {
  const { redis, keys } = connection
  const [capacities, ledger] = [new Capacities(redis, keys), new Ledger(redis, keys)]
  const holders = new Set<string>()
  let underWay: Promise<void> | null = null

  async function report(): Promise<void> {
    const { facts, defaultModel, modelBytes } = parts
    await capacities.write({ ...capacityOf(config, facts, defaultModel), modelBytes })
    const now = parts.held().map(held => reservationOf(held, parts.facts.id, instance))
    const ended = [...holders].filter(holder => now.every(each => each.holder !== holder))
    for (const each of now) holders.add(each.holder)
    await Promise.all([...now.map(each => ledger.hold(each)), ledger.release(...ended)])
    for (const holder of ended) holders.delete(holder)
  }

  /** Redis that is away or slow is told next second; requests are never piled up. */
  function look(): void {
    if (underWay || redis.status !== 'ready') return
    underWay = report()
      .catch(error => log.warn({ reason: messageOf(error) }, 'the ledger could not be told of this device'))
      .finally(() => {
        underWay = null
      })
  }
  const timer = setInterval(look, PERIOD_MS)
  look()
  return {
    async close(): Promise<void> {
      clearInterval(timer)
      await underWay
      if (redis.status === 'ready') await ledger.release(...holders) // else they lapse
    },
  }
}

export function reservationOf({ what, model, bytes }: Held, device: string, instance: string): Reservation {
  const amounts: Amounts = { ...noAmounts, hostBytes: bytes.host, deviceBytes: bytes.device }
  const now = Date.now()
  return {
    v: 1,
    holder: `held:infer:${instance}:${what}`,
    device,
    model,
    own: model === null ? amounts : noAmounts,
    shared: model === null ? noAmounts : amounts,
    basis: 'measured',
    priority: 9,
    atMs: now,
    expiresAtMs: now, // the ledger says when
  }
}
