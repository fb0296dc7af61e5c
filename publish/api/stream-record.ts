/** The record of a stream, as its operator declares it: made, changed, and told apart in its history. Pure, but for the clock. */
import type { HistoryEntry } from '../../shared/budget/degradation.js'
import { changesOf } from '../../shared/redis/history.js'
import type { WithChange } from '../../shared/redis/stream-registry.js'
import type { DesiredStream, StreamSpec } from '../../shared/stream/stream.js'
import type { DemandingStream } from '../demand.js'

const DEFAULT_PRIORITY = 5

export type NewStream = Pick<StreamSpec, 'id' | 'url'> & Partial<StreamSpec> & { ringSlots?: number }
export type StreamChange = Partial<Omit<StreamSpec, 'id'>> & { ringSlots?: number }
export type Source = Pick<DesiredStream, 'sealedUrl' | 'shownUrl'>

/** What an operator declares, under the names that REST has for it; the URL without its credentials. */
type Declared = Omit<StreamSpec, 'id'> & { ringSlots: number }

const declaredKeys = [
  'url',
  'model',
  'fps',
  'priority',
  'enabled',
  'decoder',
  'fallbackModel',
  'ringSlots',
] as const satisfies readonly (keyof Declared)[]

/** Whether a stream costs something else by these. */
const costKeys: readonly string[] = ['url', 'model', 'fps', 'enabled', 'decoder', 'ringSlots']

export function newRecord(spec: NewStream, source: Source): Omit<DesiredStream, 'ring'> {
  const now = Date.now()
  return {
    id: spec.id,
    ...source,
    model: spec.model ?? null,
    fps: spec.fps ?? null,
    priority: spec.priority ?? DEFAULT_PRIORITY,
    enabled: spec.enabled ?? true,
    fallbackModel: spec.fallbackModel ?? null,
    decoder: spec.decoder ?? 'auto',
    revision: 1,
    createdAtMs: now,
    updatedAtMs: now,
  }
}

export function demanding(record: Omit<DesiredStream, 'ring'>, ringSlots: number): DemandingStream {
  const { id, model, fps, priority, decoder = 'auto' } = record
  return { id, model, fps, priority, decoder, ringSlots }
}

/** Whether the change asks its device for anything: a new priority does not, nor does a pause. */
export function asksForRoom(change: StreamChange): boolean {
  return costKeys.some(key => key in change)
}

export function createdEntry(record: Omit<DesiredStream, 'ring'>, slots: number, by: string): HistoryEntry {
  const nothing = {} as Partial<Declared>
  const changes = changesOf(nothing, declaredOf(record, slots) as Partial<Declared>, declaredKeys)
  return { id: record.id, at: Date.now(), what: 'created', by, changes, reason: null }
}

/** null where nothing of it differs. A URL that was given is told, since its credentials may be what differs. */
export function changedEntry(
  before: DesiredStream,
  after: DesiredStream,
  { slots, withUrl }: { slots: number; withUrl: boolean },
  by: string,
): WithChange['entry'] {
  const [from, to] = [declaredOf(before, before.ring.slots.length), declaredOf(after, slots)]
  const url = withUrl && from.url === to.url ? [{ key: 'url', from: from.url, to: to.url }] : []
  const changes = [...url, ...changesOf(from, to, declaredKeys)]
  if (changes.length === 0) return null
  return { id: after.id, at: Date.now(), what: 'changed', by, changes, reason: null }
}

export function removedEntry(id: string, by: string): HistoryEntry {
  return { id, at: Date.now(), what: 'removed', by, changes: [], reason: null }
}

function declaredOf(record: Omit<DesiredStream, 'ring'>, ringSlots: number): Declared {
  const { shownUrl, model, fps, priority, enabled, decoder = 'auto', fallbackModel = null } = record
  return { url: shownUrl, model, fps, priority, enabled, decoder, fallbackModel, ringSlots }
}
