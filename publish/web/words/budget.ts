/** Budgets, their settings and what degrades streams, in words. */
import type { BudgetSettings } from '../../../shared/budget/budget.js'
import type { Degradation, HistoryEntry } from '../../../shared/budget/degradation.js'
import type { Tone } from './state.js'

export const settingWords: Record<
  keyof BudgetSettings,
  { label: string; hint: string; unit: 'percent' | 'count' | 'ms' }
> = {
  memoryFraction: { label: 'Memory promised', hint: 'Of all the memory of the device.', unit: 'percent' },
  reserveFraction: { label: 'Kept free', hint: 'Of that, for what varies.', unit: 'percent' },
  utilisation: {
    label: 'Engine time promised',
    hint: 'The rest is headroom for bursts.',
    unit: 'percent',
  },
  maxStreams: { label: 'Most streams', hint: 'No limit where nothing is set.', unit: 'count' },
  batchWindowMs: {
    label: 'Batch window',
    hint: 'How long a batch may wait to be filled.',
    unit: 'ms',
  },
  latencyTargetMs: {
    label: 'Latency target',
    hint: 'Captured to serialised: what plans aim at.',
    unit: 'ms',
  },
}
export const settingNames = Object.keys(settingWords) as (keyof BudgetSettings)[]

/** As a form shows it: percent in points of 100, null as nothing. */
export function settingText(name: keyof BudgetSettings, value: number | null): string {
  if (value === null) return ''
  if (settingWords[name].unit !== 'percent') return String(value)
  return String(Number((value * 100).toFixed(2)))
}

/** null takes the change for this device away: the setting holds again. undefined where it is no number. */
export function settingValue(name: keyof BudgetSettings, text: string): number | null | undefined {
  if (text.trim() === '') return null
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) return undefined
  if (settingWords[name].unit !== 'percent') return value
  return value > 100 ? undefined : Number((value / 100).toFixed(4))
}

/** "6 fps instead of 12", "yolox-nano instead of yolox-s", "paused" */
export function degradedTo(
  degradation: Pick<Degradation, 'fps' | 'model' | 'paused'>,
  declared: { fps: number | null; model: string | null },
): string {
  if (degradation.paused) return 'paused'
  const { fps, model } = degradation
  const parts = [
    ...(fps === null || fps === declared.fps
      ? []
      : [`${shortFps(fps)} fps instead of ${declared.fps === null ? 'all frames' : shortFps(declared.fps)}`]),
    ...(model === null || model === declared.model
      ? []
      : [`${model} instead of ${declared.model ?? 'the default'}`]),
  ]
  return parts.join(', ')
}

export const historyWords: Record<HistoryEntry['what'], { word: string; tone: Tone }> = {
  created: { word: 'Created', tone: 'good' },
  changed: { word: 'Changed', tone: 'idle' },
  removed: { word: 'Removed', tone: 'idle' },
  degraded: { word: 'Degraded', tone: 'bad' },
  restored: { word: 'Restored', tone: 'good' },
  state: { word: 'State', tone: 'idle' },
}

/** "fps 12 → 6, priority 5 → 8" */
export function describeChanges(changes: HistoryEntry['changes']): string {
  return changes.map(({ key, from, to }) => `${key} ${valueText(from)} → ${valueText(to)}`).join(', ')
}

/** Who did it: `token:3fa9c1` is whoever held that token. */
export function describeActor(by: string): string {
  return by === 'ringside' ? 'Ringside' : by.replace(/^token:/, 'token ')
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function shortFps(fps: number): string {
  return String(Number(fps.toFixed(2)))
}
