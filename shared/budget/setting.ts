/**
 * What of a stream's declaration is not in force while its device cannot carry it, and the steps between. Pure.
 *
 *   declared ── fps ──► ÷2 ── fps ──► ÷4        each of the three is a step of its own: a stream may be paused by a
 *            ── model ──► its fallback          limit that no lower frame rate would have met, and comes back from
 *            ── pause ──► not read at all       there to what it had
 */
import type { Degradation, DegradationKind } from './degradation.js'

export interface Setting {
  /** Times that the frame rate was halved. */
  halvings: number
  fallback: boolean
  paused: boolean
}

export const asDeclared: Setting = Object.freeze({ halvings: 0, fallback: false, paused: false })

const MAX_HALVINGS = 2
/** Below a frame a second a stream is worth no less than paused. */
const LEAST_FPS = 1

/** What can be changed of a stream. */
export interface Adjustable {
  /** Frames a second as declared; where no cap is, as its camera sends. */
  fps: number
  hasFallback: boolean
  /** It is not paused, whatever is exceeded. */
  keepsRunning?: boolean
}

/** Steps in force: `Degradation.level`. */
export function levelOf({ halvings, fallback, paused }: Setting): number {
  return halvings + (fallback ? 1 : 0) + (paused ? 1 : 0)
}

/** @returns 0 halvings: as declared; never below 1, unless less was declared. */
export function fpsAt(fps: number, halvings: number): number {
  return Math.max(Math.min(fps, LEAST_FPS), fps / 2 ** halvings)
}

/** One step down of this kind; null where there is none. */
export function lowered(
  setting: Setting,
  kind: DegradationKind,
  { fps, hasFallback, keepsRunning = false }: Adjustable,
): Setting | null {
  if (setting.paused) return null
  if (kind === 'pause') return keepsRunning ? null : { ...setting, paused: true }
  if (kind === 'model') return hasFallback && !setting.fallback ? { ...setting, fallback: true } : null
  const halvings = setting.halvings + 1
  const lowers = halvings <= MAX_HALVINGS && fpsAt(fps, halvings) < fpsAt(fps, setting.halvings)
  return lowers ? { ...setting, halvings } : null
}

/** One step up of this kind; null where there is none. */
export function raised(setting: Setting, kind: DegradationKind): Setting | null {
  if (kind === 'pause') return setting.paused ? { ...setting, paused: false } : null
  if (setting.paused) return null
  if (kind === 'model') return setting.fallback ? { ...setting, fallback: false } : null
  return setting.halvings > 0 ? { ...setting, halvings: setting.halvings - 1 } : null
}

/** The setting that a record speaks of, as far as the stream as it is declared now still has those steps. */
export function settingOf(
  { level, model, paused }: Pick<Degradation, 'level' | 'model' | 'paused'>,
  { fps, hasFallback }: Adjustable,
): Setting {
  let halvings = Math.max(0, level - (model === null ? 0 : 1) - (paused ? 1 : 0))
  while (halvings > 0 && fpsAt(fps, halvings) >= fpsAt(fps, halvings - 1)) halvings--
  return { halvings, fallback: model !== null && hasFallback, paused }
}
