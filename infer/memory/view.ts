/** What can be seen of memory from an infer process: its models, its slabs, its own heap, its device, the host. Reads; changes nothing. */
import fs from 'node:fs'
import type { AllocationReport } from '../../shared/memory/allocation.js'
import type { MemorySample } from '../../shared/memory/timeline.js'
import type { GpuReport } from '../../shared/process/gpu-report.js'
import { hostAllocations } from '../../shared/process/own-allocations.js'
import {
  mallocUse,
  readOwnMemory,
  residentHeapBytes,
  residentParts,
} from '../../shared/process/own-memory.js'
import { usedSlots } from '../../shared/slab/occupancy.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import type { DeviceFacts } from '../engine/device.js'
import type { HostedModel, RunningModel } from '../host/hosted-model.js'
import { type Fill, hostMemory, tmpfsFill } from './host-memory.js'
import { contextAllocation, type InventoryModel, modelAllocations } from './inventory.js'
import { arenaUse, cpuUse, type DeviceUse, gpuUse, type MemoryUse, mallocMemoryUse } from './sample.js'

export interface MemoryViewParts {
  instance: string
  facts: Pick<DeviceFacts, 'id' | 'kind'>
  slabDir: string
  host: { readonly models: readonly HostedModel[]; readonly running: readonly RunningModel[] }
  gpu(): GpuReport | null
  /** For the size of their rings. */
  streams(): Promise<readonly Pick<DesiredStream, 'id' | 'ring'>[]>
}

export class MemoryView {
  /** Resident memory of malloc's heaps, and slots of each stream's ring, as they were at the last `allocations()`. */
  #heapsBytes = 0
  #ringSlots: ReadonlyMap<string, number> = new Map()
  #peakBytes = 0

  constructor(private readonly parts: MemoryViewParts) {}

  sample(): MemorySample {
    const { facts, instance, host, slabDir } = this.parts
    const hostFill = hostMemory()
    const shm = tmpfsFill(slabDir)
    const use = this.#use()
    this.#peakBytes = Math.max(this.#peakBytes, use.peakBytes ?? 0)
    return {
      atMs: Date.now(),
      device: facts.id,
      ...use,
      ...this.#deviceUse(hostFill),
      hostUsedBytes: hostFill.usedBytes,
      hostTotalBytes: hostFill.totalBytes,
      shmUsedBytes: shm.usedBytes,
      shmTotalBytes: shm.totalBytes,
      ringSlotsUsed: host.running.reduce((sum, { loaded }) => sum + usedSlots(loaded.slab), 0),
      ringSlots: host.running.reduce((sum, running) => sum + sumOf(this.#ringsIn(running).values()), 0),
      streams: host.models.reduce((sum, { streams }) => sum + streams, 0),
      models: host.running.map(({ loaded }) => loaded.model.name),
      instance,
    }
  }

  /** A sample with what is else read every few seconds only. */
  async fresh(): Promise<MemorySample> {
    this.#heapsBytes = await residentHeapBytes()
    return this.sample()
  }

  /** Every allocation by its owner. Reads /proc and Redis: some 10 ms of a thread of the pool. */
  async allocations(): Promise<AllocationReport> {
    const [own, streams] = await Promise.all([readOwnMemory(), this.parts.streams()])
    this.#heapsBytes = own.heapsBytes
    this.#ringSlots = new Map(streams.map(({ id, ring }) => [id, ring.slots.length]))
    const { instance, host, gpu } = this.parts
    const models = host.running.map(running => this.#inventoryOf(running))
    const allocations = [
      ...hostAllocations(own, modelAllocations(models)),
      ...contextAllocation(gpu()?.processBytes ?? null, models),
    ]
    return { stage: 'infer', instance, pid: process.pid, atMs: Date.now(), allocations }
  }

  #use(): MemoryUse {
    const { facts, host } = this.parts
    if (facts.kind === 'gpu') return arenaUse(host.running.map(({ loaded }) => loaded.engine.stats()))
    return mallocMemoryUse(mallocUse(this.#heapsBytes), this.#peakBytes)
  }

  #deviceUse(host: Fill): DeviceUse {
    const { facts, gpu } = this.parts
    return facts.kind === 'gpu' ? gpuUse(gpu()) : cpuUse(residentParts().anonymousBytes, host)
  }

  #ringsIn({ inference }: RunningModel): Map<string, number> {
    const rings = new Map<string, number>()
    for (const { stream } of inference.reader.ledgers)
      if (stream) rings.set(stream, this.#ringSlots.get(stream) ?? 0)
    return rings
  }

  #inventoryOf(running: RunningModel): InventoryModel {
    const { model, engine, engineInfo, slab } = running.loaded
    const stats = engine.stats()
    const arena = stats && {
      maxInUseBytes: stats.arenaMaxInUseBytes,
      reservedBytes: stats.arenaReservedBytes,
    }
    return {
      name: model.name,
      fileBytes: fs.statSync(model.file, { throwIfNoEntry: false })?.size ?? 0,
      buckets: [...engineInfo.runMs.keys()],
      frameBytes: slab.layout.frameBytes,
      maxCandidates: model.maxCandidates,
      held: running.held,
      device: this.parts.facts.kind === 'gpu' ? { loadBytes: engineInfo.deviceBytes, arena } : null,
      slab: slab.layout,
      rings: this.#ringsIn(running),
    }
  }
}

function sumOf(values: Iterable<number>): number {
  return [...values].reduce((sum, value) => sum + value, 0)
}
