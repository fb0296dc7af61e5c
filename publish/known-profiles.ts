/** Which of the stored profiles count: those of models that there are, where nothing that is known of device and model contradicts them. Pure. */
import type { ModelProfile } from '../shared/budget/profile.js'
import { type KnownSubject, staleReason } from '../shared/budget/staleness.js'
import { type ModelRecord, recordNamed } from '../shared/model/model-record.js'
import type { HostedModelReport } from '../shared/process/report.js'
import type { ReportedCapacity } from '../shared/redis/capacities.js'

/** What is known of a device and its models now. */
export interface Known {
  reported: Pick<ReportedCapacity, 'defaultModel' | 'profiled'>
  /** What can be named; empty until infer has said. */
  records: readonly ModelRecord[]
  hosted: readonly HostedModelReport[]
}

export function profilesInForce(stored: readonly ModelProfile[], known: Known): ModelProfile[] {
  return stored
    .filter(({ model }) => isThere(model, known))
    .filter(profile => staleReason(profile, subjectOf(profile.model, known)) === null)
}

/** A stream can name it, or runs with it: one of the settings, given by its path, has no record. */
function isThere(model: string, { reported, records, hosted }: Known): boolean {
  if (records.length === 0 || model === reported.defaultModel) return true
  if (hosted.some(({ name, state }) => name === model && state !== 'failed')) return true
  return recordNamed(model, records)?.problem === null
}

/** What runs counts, and not the file that it would be loaded from next. */
function subjectOf(model: string, { reported, records, hosted }: Known): KnownSubject {
  const running = hosted.find(({ name, engine }) => name === model && engine !== null)
  const sourceDigest = running?.digest ?? recordNamed(model, records)?.digest ?? undefined
  return { sourceDigest, provider: running?.engine?.provider, device: reported.profiled ?? {} }
}
