/** One reading of all that the controller of budgets decides by. */
import type { Degradation } from '../../shared/budget/degradation.js'
import type { DeviceKnowledge } from '../../shared/budget/knowledge.js'
import type { Reservation } from '../../shared/budget/reservation.js'
import type { Budgets } from '../../shared/redis/budgets.js'
import type { Degradations } from '../../shared/redis/degradations.js'
import type { Ledger } from '../../shared/redis/ledger.js'
import { PROCESS_TIMEOUT_MS, type Reports } from '../../shared/redis/reports.js'
import type { StreamRegistry } from '../../shared/redis/stream-registry.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import type { KnowledgeSource } from '../knowledge.js'
import type { RunningStream } from './loads.js'

export interface Scene {
  knowledge: DeviceKnowledge
  /** Those that are enabled. */
  streams: RunningStream[]
  paused: DesiredStream[]
  reservations: Reservation[]
  /** By stream; also of streams that are no more, or not enabled. */
  degradations: Map<string, Degradation>
  /** Whether an operator said of this device how busy its engine may be: then streams of no declared rate count in full, as their cameras send. */
  isTuned: boolean
  /** Share of the engine's time; null while infer does not report. */
  busy: number | null
}

export interface SceneParts {
  knowledge: KnowledgeSource
  registry: StreamRegistry
  ledger: Ledger
  budgets: Budgets
  degradations: Degradations
  reports: Reports
}

/** null where no device was ever reported. */
export async function readScene(parts: SceneParts): Promise<Scene | null> {
  const knowledge = await parts.knowledge.serving()
  if (!knowledge) return null
  const device = knowledge.capacity.id
  const [all, reservations, degradations, overrides, busy] = await Promise.all([
    parts.registry.list(),
    parts.ledger.list(),
    parts.degradations.all(),
    parts.budgets.overrides(device),
    busyOf(device, parts.reports),
  ])
  const enabled = all.filter(stream => stream.enabled)
  const seen = await Promise.all(enabled.map(({ id }) => parts.reports.ofStream(id)))
  const streams = enabled.map((desired, i) => ({ desired, seen: seen[i]?.ingest ?? null }))
  const paused = all.filter(stream => !stream.enabled)
  const isTuned = overrides.utilisation !== undefined
  return { knowledge, streams, paused, reservations, degradations, isTuned, busy }
}

async function busyOf(device: string, reports: Reports): Promise<number | null> {
  for (const { detail, atMs } of await reports.processes()) {
    const fresh = Date.now() - atMs <= PROCESS_TIMEOUT_MS
    if (fresh && detail.stage === 'infer' && detail.deviceId === device) return detail.busy
  }
  return null
}
