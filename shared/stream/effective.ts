/** A stream as the stages are to run it: what its operator declares, but for what its device cannot carry now. Pure. */
import type { Degradation } from '../budget/degradation.js'
import type { DesiredStream } from './stream.js'

export interface EffectiveStream extends DesiredStream {
  /** What of it is not as declared, and why; null: nothing. */
  degradation: Degradation | null
}

/** A pause of the operator's stands whatever the budget says, and a cap below the degraded one holds. */
export function effective(stream: DesiredStream, degradation: Degradation | null): EffectiveStream {
  if (!degradation || !stream.enabled) return { ...stream, degradation: null }
  const { fps, model, paused } = degradation
  return {
    ...stream,
    fps: fps === null ? stream.fps : Math.min(fps, stream.fps ?? fps),
    model: model ?? stream.model,
    enabled: !paused,
    degradation,
  }
}
