/** Memory of the devices, of every owner, what compactions gave, and why engines idled: for Prometheus. What nothing tells has no series. */
import type { Registry } from 'prom-client'
import type { AllocationReport } from '../../shared/memory/allocation.js'
import { fragmentationOf, type MemorySample } from '../../shared/memory/timeline.js'
import { gapReasons, type ProcessReport } from '../../shared/process/report.js'
import { inferProcesses } from '../api/served-models.js'
import { counter, gauge } from './family.js'

type Figure = readonly [name: string, help: string, of: (sample: MemorySample) => number | null]

const figures: readonly Figure[] = [
  ['in_use_bytes', 'What models use: of arenas (GPU), of the heap of malloc (CPU).', s => s.inUseBytes],
  ['reserved_bytes', 'What arenas or malloc hold for that.', s => s.reservedBytes],
  ['peak_bytes', 'The most that was in use.', s => s.peakBytes],
  ['process_bytes', 'Of the infer process on the device.', s => s.processBytes],
  ['device_used_bytes', 'Of the device, by everybody.', s => s.deviceUsedBytes],
  ['device_total_bytes', 'Of the device.', s => s.deviceTotalBytes],
  ['fragmentation_ratio', '(reserved − in use) / reserved.', fragmentationOf],
  ['host_used_bytes', 'Of the host, or of the cgroup.', s => s.hostUsedBytes],
  ['host_total_bytes', 'The same in all.', s => s.hostTotalBytes],
  ['shm_used_bytes', 'Of the tmpfs of the slabs.', s => s.shmUsedBytes],
  ['shm_total_bytes', 'The same in all.', s => s.shmTotalBytes],
  ['ring_slots_used', 'Ring slots with a frame that waits or is read.', s => s.ringSlotsUsed],
  ['ring_slots', 'Slots of all rings.', s => s.ringSlots],
]

/** @param samples the newest of each device. */
export function addMemory(registry: Registry, samples: readonly MemorySample[]): void {
  for (const [name, help, of] of figures) {
    const family = gauge(registry, `ringside_memory_${name}`, help, 'device')
    for (const sample of samples) {
      const value = of(sample)
      if (value !== null) family.add({ device: sample.device }, value)
    }
  }
}

export function addAllocations(registry: Registry, reports: readonly AllocationReport[]): void {
  const labels = ['stage', 'process', 'kind', 'owner', 'where']
  const held = gauge(registry, 'ringside_allocation_bytes', 'Memory that an owner holds.', ...labels)
  for (const { stage, instance, allocations } of reports) {
    for (const { kind, owner, where, bytes } of allocations)
      held.add({ stage, process: instance, kind, owner, where }, bytes)
  }
}

export function addCompactions(registry: Registry, processes: readonly ProcessReport[]): void {
  const labels = ['device', 'process']
  const family = (name: string, help: string, ...more: string[]) =>
    counter(registry, `ringside_compaction${name}_total`, help, ...labels, ...more)
  const done = family('s', 'Compactions of memory.', 'did')
  const freed = family('_freed_bytes', 'What they freed.')
  const took = family('_seconds', 'What they took.')
  for (const { detail, instance } of inferProcesses(processes)) {
    const own = { device: detail.deviceId, process: instance }
    const { shrunk, rebuilt, nothing, freedBytes, tookMs } = detail.compactions
    for (const [did, count] of Object.entries({ shrunk, rebuilt, nothing })) done.add({ ...own, did }, count)
    freed.add(own, freedBytes)
    took.add(own, tookMs / 1000)
  }
}

export function addGaps(registry: Registry, processes: readonly ProcessReport[]): void {
  const labels = ['device', 'process', 'reason']
  const gaps = counter(
    registry,
    'ringside_infer_gaps_total',
    'Gaps over 5 ms between batches that were this above all.',
    ...labels,
  )
  const seconds = counter(
    registry,
    'ringside_infer_gap_seconds_total',
    'Time of all such gaps that was this.',
    ...labels,
  )
  for (const { detail, instance } of inferProcesses(processes)) {
    for (const reason of gapReasons) {
      const own = { device: detail.deviceId, process: instance, reason }
      gaps.add(own, detail.gaps[reason].gaps)
      seconds.add(own, detail.gaps[reason].ms / 1000)
    }
  }
}
