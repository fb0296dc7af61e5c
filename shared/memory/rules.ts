/** The rules of alerts: each reads one figure and says whether it is over, what that means and what to do. Pure; docs/alerts.md lists them. */
import type { Alert, AlertKind } from './alert.js'
import { type Growth, msToExhaustion } from './leak.js'
import { shownBytes, shownMs, shownShare } from './quantity.js'
import { fragmentationOf, type MemorySample } from './timeline.js'

/** The settings `alerts.*` that rules need. */
export interface AlertThresholds {
  memoryUsage: number
  fragmentation: number
  hostMemory: number
  shm: number
  exhaustionMs: number
}

/** What a rule says now. Between `isOver` and `isClear` lies the band where whatever was told stays told. */
export interface Reading
  extends Pick<Alert, 'kind' | 'device' | 'threshold' | 'meaning' | 'remedy' | 'owners'> {
  /** null: nothing to measure any more. */
  value: number | null
  isOver: boolean
  isClear: boolean
}

/** A share has fallen for good when it is this much below the threshold. */
const CLEAR_SHARE = 0.95
/** Less memory than this, however fragmented, helps nobody. */
const MIN_FRAGMENTED_BYTES = 64 * 2 ** 20
const CLEAR_EXHAUSTION = 1.5

export function alertId({ kind, device }: { kind: AlertKind; device: string | null }): string {
  return `${kind}:${device ?? 'host'}`
}

/** A CPU's memory is the host's, and told of as such. */
function hasOwnMemory({ device }: MemorySample): boolean {
  return !device.startsWith('cpu-')
}

export function readDeviceUsage(sample: MemorySample, { memoryUsage }: AlertThresholds): Reading[] {
  const { device, deviceUsedBytes: used, deviceTotalBytes: total } = sample
  if (!hasOwnMemory(sample) || used === null || !total) return []
  return [
    {
      ...share('memory_usage', device, used / total, memoryUsage),
      meaning: `${shownShare(used / total)} of the memory of ${device} is in use (${shownBytes(used)} of ${shownBytes(total)}): the next model, bucket or decoder may find none.`,
      remedy:
        'Look for what is not Ringside’s (`ringside doctor`); unload a model, lower the batch sizes, or move streams to another device.',
    },
  ]
}

export function readFragmentation(sample: MemorySample, { fragmentation }: AlertThresholds): Reading[] {
  const { device, inUseBytes, reservedBytes } = sample
  const value = fragmentationOf(sample)
  if (value === null || inUseBytes === null || reservedBytes === null) return []
  const unused = reservedBytes - inUseBytes
  const reading = share('fragmentation', device, value, fragmentation)
  return [
    {
      ...reading,
      isOver: reading.isOver && unused >= MIN_FRAGMENTED_BYTES,
      isClear: reading.isClear || unused < MIN_FRAGMENTED_BYTES,
      meaning: `${shownShare(value)} of what is reserved on ${device} is not in use (${shownBytes(unused)} of ${shownBytes(reservedBytes)}): it is kept from others and may be in pieces too small to serve.`,
      remedy:
        'Ringside compacts by itself beyond memory.compactAtFragmentation; run `ringside memory compact`, and use fewer batch sizes where it comes back.',
    },
  ]
}

export function readHostMemory(sample: MemorySample, { hostMemory }: AlertThresholds): Reading[] {
  const { hostUsedBytes: used, hostTotalBytes: total } = sample
  if (!total) return []
  return [
    {
      ...share('host_memory', null, used / total, hostMemory),
      meaning: `${shownShare(used / total)} of the host’s memory is in use (${shownBytes(used)} of ${shownBytes(total)}): the kernel will soon kill a process.`,
      remedy:
        'Compare two memory snapshots for what grew; pause streams or unload models; give the host or the container more memory.',
    },
  ]
}

export function readShm(sample: MemorySample, { shm }: AlertThresholds): Reading[] {
  const { shmUsedBytes: used, shmTotalBytes: total } = sample
  if (!total) return []
  return [
    {
      ...share('shm', null, used / total, shm),
      meaning: `${shownShare(used / total)} of the tmpfs that holds the slabs is in use (${shownBytes(used)} of ${shownBytes(total)}): the slab of another model or input size may not fit.`,
      remedy:
        'Remove what others left in /dev/shm; enlarge it (--shm-size in Docker); lower slab.maxStreams or slab.ringSlots.',
    },
  ]
}

/** @param what has a limit: a device's memory, or the host's where `device` is null. */
export function readExhaustion(
  what: { device: string | null; growth: Growth | null; limitBytes: number },
  { exhaustionMs }: AlertThresholds,
): Reading {
  const { device, growth, limitBytes } = what
  const leftMs = msToExhaustion(growth, limitBytes)
  const name = device === null ? 'the host' : device
  return {
    kind: 'exhaustion',
    device,
    value: Number.isFinite(leftMs) ? leftMs : null,
    threshold: exhaustionMs,
    isOver: leftMs < exhaustionMs,
    isClear: leftMs > CLEAR_EXHAUSTION * exhaustionMs,
    meaning: growth
      ? `The memory of ${name} grows by ${shownBytes(growth.slope * 60_000)} a minute and will be exhausted in ${shownMs(leftMs)}.`
      : `The memory of ${name} does not grow.`,
    remedy:
      'Find what grows (`ringside memory diff` of two snapshots), and restart it or pause its streams before the memory ends.',
    owners: [],
  }
}

function share(kind: AlertKind, device: string | null, value: number, threshold: number) {
  return {
    kind,
    device,
    value,
    threshold,
    isOver: value > threshold,
    isClear: value <= threshold * CLEAR_SHARE,
    owners: [],
  }
}
