/** Memory of the device and of infer while nothing changes: the least of some samples, so that a peak of the moment does not count. */
import type { TimelineView } from '../../../../shared/api/memory-views.js'
import { fragmentationOf, type MemorySample } from '../../../../shared/memory/timeline.js'
import { type Check, check, MIB, mib } from '../../gpu/outcome.js'
import type { Town } from './town.js'

const LOOK_MS = 5000
/** One block of an arena is at least this large; a heap's of the CPU grows and trims in the same order. */
const ONE_ALLOCATION_BYTES = 2 * MIB
/** Of a CPU, whose figures are those of a whole process with its JavaScript heap. */
const HOST_SLACK_BYTES = 48 * MIB

export interface Stillness {
  reservedBytes: number | null
  inUseBytes: number | null
  processBytes: number | null
  fragmentation: number | null
  onGpu: boolean
}

export async function holdStill(town: Town): Promise<Stillness> {
  const from = Date.now() - LOOK_MS
  const { samples } = await town.call<TimelineView>(
    'GET',
    `/memory/timeline?device=${town.device}&from=${from}&everyMs=1000`,
  )
  if (samples.length === 0)
    throw new Error(`the timeline of ${town.device} has no sample of the last ${LOOK_MS} ms`)
  const least = leastOf(samples)
  return {
    reservedBytes: least.reservedBytes,
    inUseBytes: least.inUseBytes,
    processBytes: least.processBytes,
    fragmentation: fragmentationOf(least),
    onGpu: town.device.startsWith('cuda'),
  }
}

function leastOf(samples: readonly MemorySample[]): MemorySample {
  return samples.reduce((a, b) => ((b.processBytes ?? 0) < (a.processBytes ?? 0) ? b : a))
}

/** @param what e.g. `after the streams`. */
export function stillChecks(what: string, before: Stillness, after: Stillness): Check[] {
  const slack = before.onGpu ? ONE_ALLOCATION_BYTES : HOST_SLACK_BYTES
  const of = before.onGpu ? 'reserved' : 'process'
  const [was, is] = before.onGpu
    ? [before.reservedBytes, after.reservedBytes]
    : [before.processBytes, after.processBytes]
  const told = `${mib(was ?? Number.NaN)} → ${mib(is ?? Number.NaN)} MiB`
  const fragmentation = `fragmentation ${percent(before.fragmentation)} → ${percent(after.fragmentation)}`
  const stayed = was !== null && is !== null && is - was <= slack
  return [
    check(
      `${what}: ${of} memory is where it was, within ${mib(slack)} MiB`,
      stayed,
      `${told}; ${fragmentation}`,
    ),
  ]
}

function percent(share: number | null): string {
  return share === null ? 'unknown' : `${(share * 100).toFixed(1)} %`
}
