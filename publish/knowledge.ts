/** All that is known of a device, put together from what Redis holds: what admission, plan and the controller of degradations decide by. */
import { estimateOf } from '../shared/budget/estimate.js'
import type { DeviceKnowledge, ModelEstimate } from '../shared/budget/knowledge.js'
import type { ModelProfile } from '../shared/budget/profile.js'
import { RingsideError } from '../shared/errors.js'
import type { ModelRecord } from '../shared/model/model-record.js'
import type { HostedModelReport, ProcessReport } from '../shared/process/report.js'
import type { Budgets } from '../shared/redis/budgets.js'
import type { Capacities, ReportedCapacity } from '../shared/redis/capacities.js'
import type { Reports } from '../shared/redis/reports.js'
import { profilesInForce } from './known-profiles.js'

export interface KnowledgeParts {
  capacities: Capacities
  budgets: Budgets
  profiles: { list(device: string): Promise<ModelProfile[]> }
  reports: Reports
}

const I420_BYTES_PER_PX = 1.5

export class KnowledgeSource {
  readonly #parts: KnowledgeParts

  constructor(parts: KnowledgeParts) {
    this.#parts = parts
  }

  /** Ids of the devices that were ever reported. */
  async devices(): Promise<string[]> {
    return (await this.#parts.capacities.list()).map(({ id }) => id)
  }

  /** @throws RingsideError `unknown_device`, naming those that there are. */
  async of(device: string): Promise<DeviceKnowledge> {
    const capacity = await this.#parts.capacities.find(device)
    if (!capacity) throw unknownDevice(device, await this.devices())
    return this.#ofCapacity(capacity)
  }

  /** Of the device that streams run on; null where no infer process ever reported one. */
  async serving(): Promise<DeviceKnowledge | null> {
    const capacity = await this.#parts.capacities.serving()
    return capacity && this.#ofCapacity(capacity)
  }

  async #ofCapacity(reported: ReportedCapacity): Promise<DeviceKnowledge> {
    const { budgets, profiles, reports } = this.#parts
    const { defaultModel, buckets, profiled: _, atMs: __, ...capacity } = reported
    const [settings, stored, records, processes] = await Promise.all([
      budgets.of(capacity.id),
      profiles.list(capacity.id),
      reports.models(),
      reports.processes(),
    ])
    const hosted = hostedOn(capacity.id, processes)
    const profiled = profilesInForce(stored, { reported, records, hosted })
    const uploads = profiled.flatMap(({ uploadBytesPerSecond }) => uploadBytesPerSecond ?? [])
    const measuredPcie = uploads.length > 0 ? Math.max(...uploads) : null
    return {
      capacity: { ...capacity, pcieBytesPerSecond: capacity.pcieBytesPerSecond ?? measuredPcie },
      settings,
      profiles: new Map(profiled.map(profile => [profile.model, profile])),
      estimates: estimatesOf(reported, records, hosted, buckets),
      defaultModel,
    }
  }
}

function hostedOn(device: string, processes: readonly ProcessReport[]): HostedModelReport[] {
  return processes.flatMap(({ detail }) =>
    detail.stage === 'infer' && detail.deviceId === device ? detail.models : [],
  )
}

/** What a model was charged where it was loaded or looked into; what its file lets expect where not. */
function estimatesOf(
  capacity: ReportedCapacity,
  records: readonly ModelRecord[],
  hosted: readonly HostedModelReport[],
  buckets: readonly number[],
): Map<string, ModelEstimate> {
  const usable = records.filter(({ problem }) => problem === null)
  const ofFiles = usable.flatMap(record => estimateOf(record, capacity, buckets) ?? [])
  return new Map(
    [...ofFiles, ...hosted.flatMap(model => ofHosted(model) ?? [])].map(each => [each.model, each]),
  )
}

function ofHosted(report: HostedModelReport): ModelEstimate | null {
  const { name, measuredBytes, estimatedBytes, deviceMemory, inputWidthPx, inputHeightPx } = report
  const hostBytes = measuredBytes ?? estimatedBytes
  if (hostBytes === null || inputWidthPx === null || inputHeightPx === null) return null
  return {
    model: name,
    hostBytes,
    deviceBytes: deviceMemory?.measuredBytes ?? deviceMemory?.estimatedBytes ?? 0,
    frameBytes: inputWidthPx * inputHeightPx * I420_BYTES_PER_PX,
  }
}

function unknownDevice(device: string, known: readonly string[]): RingsideError {
  return new RingsideError('unknown_device', `No device has the id ${device}.`, {
    key: 'id',
    value: device,
    remedy:
      known.length > 0
        ? `Known: ${known.join(', ')}. \`ringside gpu ls\` lists them.`
        : 'No infer process has reported a device yet: wait until /readyz is 200.',
  })
}
