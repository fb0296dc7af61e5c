/** Figures of the GPUs, and of what the models' engines hold of them. What a device does not tell has no series. */
import type { Registry } from 'prom-client'
import { type GpuReport, gpuThrottleReasons } from '../../shared/process/gpu-report.js'
import type { ArenaReport, HostedEngineReport, ProcessReport } from '../../shared/process/report.js'
import { inferProcesses } from '../api/served-models.js'
import { counter, type Family, gauge } from './family.js'

type Labels = Record<string, string>
type Figure = readonly [name: string, help: string, of: (gpu: GpuReport) => number | null]

const figures: readonly Figure[] = [
  ['memory_total_bytes', 'Memory of the GPU.', gpu => gpu.totalBytes],
  ['memory_used_bytes', 'Of all processes.', gpu => gpu.usedBytes],
  ['memory_free_bytes', 'Memory that nothing holds.', gpu => gpu.freeBytes],
  ['memory_reserved_bytes', 'What the driver keeps for itself.', gpu => gpu.reservedBytes],
  ['process_memory_bytes', 'GPU memory of the infer process.', gpu => gpu.processBytes],
  ['sm_busy_ratio', 'Share of time in which any kernel ran.', gpu => gpu.smBusy],
  ['memory_busy_ratio', 'Share of time in which its memory was read or written.', gpu => gpu.memoryBusy],
  ['decoder_busy_ratio', 'Share of time in which its decoders ran.', gpu => gpu.decoderBusy],
  ['encoder_busy_ratio', 'Share of time in which its encoders ran.', gpu => gpu.encoderBusy],
  ['pcie_receive_bytes_per_second', 'Host to GPU, over 20 ms.', gpu => gpu.pcieRxBytesPerSecond],
  ['pcie_transmit_bytes_per_second', 'GPU to host, over 20 ms.', gpu => gpu.pcieTxBytesPerSecond],
  ['power_watts', 'Power it draws.', gpu => gpu.powerWatts],
  ['power_limit_watts', 'Power it may draw.', gpu => gpu.powerLimitWatts],
  ['temperature_celsius', 'Temperature of its die.', gpu => gpu.temperatureCelsius],
]
const clocks = { sm: 'smClockMhz', memory: 'memoryClockMhz', video: 'videoClockMhz' } as const

const arenaFigures: readonly [name: string, help: string, key: keyof ArenaReport][] = [
  ['in_use_bytes', 'What the engine uses of its arena.', 'arenaInUseBytes'],
  ['max_in_use_bytes', 'The most it ever used.', 'arenaMaxInUseBytes'],
  ['reserved_bytes', 'What its arena holds of the device.', 'arenaReservedBytes'],
  ['limit_bytes', 'What its arena may hold.', 'arenaLimitBytes'],
]

export function addGpus(registry: Registry, processes: readonly ProcessReport[]): void {
  const add = gpuFamilies(registry, ['device', 'process'])
  for (const { detail, instance } of inferProcesses(processes)) {
    if (detail.gpu) add({ device: detail.deviceId, process: instance }, detail.gpu)
  }
}

function gpuFamilies(registry: Registry, labels: string[]) {
  const family = (name: string, help: string, ...more: string[]) =>
    gauge(registry, `ringside_gpu_${name}`, help, ...labels, ...more)
  const info = family('info', '1; its labels name it.', 'name', 'uuid', 'driver')
  const plain = figures.map(([name, help, of]) => [family(name, help), of] as const)
  const clock = family('clock_hertz', 'Clock of a domain.', 'domain')
  const throttled = family('throttled', '1 while this holds its clocks back.', 'reason')
  return (own: Labels, gpu: GpuReport): void => {
    info.add({ ...own, name: gpu.name, uuid: gpu.uuid, driver: gpu.driver }, 1)
    for (const [figure, of] of plain) addKnown(figure, own, of(gpu))
    for (const [domain, key] of Object.entries(clocks)) addKnown(clock, { ...own, domain }, hertz(gpu[key]))
    const held = gpu.throttleReasons
    if (held)
      for (const reason of gpuThrottleReasons)
        throttled.add({ ...own, reason }, Number(held.includes(reason)))
  }
}

export function addEngines(registry: Registry, processes: readonly ProcessReport[]): void {
  const add = engineFamilies(registry, ['device', 'model', 'process'])
  for (const { detail, instance } of inferProcesses(processes)) {
    for (const { name, engine } of detail.models) {
      if (engine) add({ device: detail.deviceId, model: name, process: instance }, engine)
    }
  }
}

function engineFamilies(registry: Registry, labels: string[]) {
  const family = (name: string, help: string, ...more: string[]) =>
    gauge(registry, `ringside_engine_${name}`, help, ...labels, ...more)
  const total = (name: string, help: string) =>
    counter(registry, `ringside_engine_${name}_total`, help, ...labels)
  const info = family('info', '1; its label names what runs it.', 'provider')
  const load = family('load_bytes', 'Device memory that its load took.')
  const refused = family('refused_buckets', 'Batch sizes that it could not have.')
  const arenas = arenaFigures.map(([name, help, key]) => [family(`arena_${name}`, help), key] as const)
  const grown = total('allocations_after_warm_up', 'Growths of its arena since warm-up; 0.')
  const exhausted = total('out_of_memory', 'Runs that found no device memory.')
  return (own: Labels, { provider, deviceBytes, refusedBuckets, arena }: HostedEngineReport): void => {
    info.add({ ...own, provider }, 1)
    load.add(own, deviceBytes)
    refused.add(own, refusedBuckets.length)
    if (!arena) return
    for (const [figure, key] of arenas) figure.add(own, arena[key])
    grown.add(own, arena.allocationsAfterWarmUp)
    exhausted.add(own, arena.outOfMemory)
  }
}

function addKnown(family: Family, labels: Labels, value: number | null): void {
  if (value !== null) family.add(labels, value)
}

function hertz(mhz: number | null): number | null {
  return mhz === null ? null : mhz * 1e6
}
