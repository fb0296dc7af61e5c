/** Steps of degrading in the words of everybody else: what is in force, what the WebSocket is told, the line of history. Pure. */
import type { DegradableStream, DegradeStep } from '../../shared/budget/degradable.js'
import type { BudgetEvent, Degradation, HistoryEntry } from '../../shared/budget/degradation.js'
import type { Exceeded } from '../../shared/budget/exceeded.js'
import { amountText, resourceName } from '../../shared/budget/refusal-text.js'
import { fpsAt, levelOf, type Setting } from '../../shared/budget/setting.js'
import type { DesiredStream } from '../../shared/stream/stream.js'

/** A camera's measured rate wavers: a cap that follows it would change for nothing. */
const SAME_FPS = 0.1

type InForce = BudgetEvent['from']

/** What a stream runs with at a setting; `fps` null takes every frame. */
export function inForce(setting: Setting, desired: DesiredStream, { fps }: DegradableStream): InForce {
  const { halvings, fallback, paused } = setting
  return {
    fps: halvings === 0 ? desired.fps : rounded(fpsAt(fps, halvings)),
    model: fallback ? (desired.fallbackModel ?? desired.model) : desired.model,
    paused,
  }
}

/** @param before what is in force now; @param last the last step to this setting, null where none was taken. */
export function degradationOf(
  setting: Setting,
  desired: DesiredStream,
  stream: DegradableStream,
  before: Degradation | null,
  last: { step: DegradeStep; reason: string; atMs: number } | null,
): Degradation {
  const { halvings, fallback, paused } = setting
  const fps = halvings === 0 ? null : rounded(fpsAt(stream.fps, halvings))
  return {
    v: 1,
    stream: desired.id,
    level: levelOf(setting),
    kind: paused ? 'pause' : fallback ? 'model' : 'fps',
    fps: isSame(fps, before?.fps ?? null) ? (before?.fps ?? null) : fps,
    model: fallback ? (desired.fallbackModel ?? null) : null,
    paused,
    reason: last?.step.direction === 'down' || !before ? (last?.reason ?? '') : before.reason,
    sinceMs: last?.atMs ?? before?.sinceMs ?? 0,
  }
}

export function eventOf(
  step: DegradeStep,
  from: InForce,
  to: InForce,
  reason: string,
  at: number,
): BudgetEvent {
  const { stream, direction, kind } = step
  return { type: 'budget', v: 1, stream, direction, level: levelOf(step.to), kind, from, to, reason, at }
}

export function historyOf({ stream, direction, from, to, reason, at }: BudgetEvent): HistoryEntry {
  const changes = (['fps', 'model', 'paused'] as const).flatMap(key =>
    from[key] === to[key] ? [] : [{ key, from: from[key], to: to[key] }],
  )
  const what = direction === 'down' ? 'degraded' : 'restored'
  return { id: stream, at, what, by: 'ringside', changes, reason }
}

/** Which limit binds, by how much; or that there is room again. */
export function reasonOf(device: string, exceeded: Exceeded | null): string {
  if (!exceeded) return `${device} has room again.`
  const { resource, used, limit } = exceeded
  const of = (amount: number): string => amountText(resource, amount)
  return `${device} cannot carry all of its streams: of ${resourceName(resource)} they take ${of(used)}, and ${of(limit)} may be promised.`
}

function isSame(a: number | null, b: number | null): boolean {
  return a === b || (a !== null && b !== null && Math.abs(a - b) <= SAME_FPS * b)
}

function rounded(fps: number): number {
  return Math.round(fps * 100) / 100
}
