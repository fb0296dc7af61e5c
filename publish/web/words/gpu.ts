/** What holds a GPU's clocks back, and what its engine complains of, in words. */
import type { GpuReport, GpuThrottleReason } from '../../../shared/process/gpu-report.js'
import type { HostedEngineReport } from '../../../shared/process/report.js'
import { formatBytes, plural } from './format.js'

/** null: the clocks are low because nothing asks for more. */
const throttleWords: Record<GpuThrottleReason, string | null> = {
  idle: null,
  application_clocks: 'clocks that an operator set',
  power_cap: 'its power limit',
  hardware_slowdown: 'a hardware slowdown',
  sync_boost: 'the slowest GPU of its group',
  software_thermal: 'its temperature',
  hardware_thermal: 'its temperature (hardware slowdown)',
  power_brake: 'the power supply of the host',
  display_clocks: 'a display',
  board_limit: 'a limit of its board',
  reliability: 'a reliability limit',
}

/** "its power limit, its temperature", or that nothing does. */
export function heldBackBy(reasons: GpuReport['throttleReasons']): string {
  if (reasons === null) return '–'
  const words = reasons.flatMap(reason => throttleWords[reason] ?? [])
  if (words.length > 0) return words.join(', ')
  return reasons.includes('idle') ? 'nothing: it idles' : 'nothing'
}

/** "cuda · holds 836 MiB of 4.0 GiB"; empty on a CPU. */
export function engineFacts({ provider, arena }: HostedEngineReport): string[] {
  if (provider === 'cpu') return []
  if (!arena) return [provider]
  return [provider, `holds ${formatBytes(arena.arenaReservedBytes)} of ${formatBytes(arena.arenaLimitBytes)}`]
}

/** What an operator should know: nothing, where all is as promised. */
export function engineTroubles({ refusedBuckets, arena }: HostedEngineReport): string[] {
  const refused = refusedBuckets.map(
    ({ bucket, reason }) => `No batches of ${plural(bucket, 'frame')}: ${reason}`,
  )
  const exhausted = arena?.outOfMemory
    ? [`GPU memory ran out ${plural(arena.outOfMemory, 'time')}; smaller batches ran instead.`]
    : []
  const grown = arena?.allocationsAfterWarmUp
    ? [`Its GPU memory grew ${plural(arena.allocationsAfterWarmUp, 'time')} after warm-up.`]
    : []
  return [...refused, ...exhausted, ...grown]
}
