/** Why a stream that is not enabled is paused: whoever did it says so. */
import type { EffectiveStream } from '../../shared/stream/effective.js'
import type { StateReason } from '../../shared/stream/stream.js'
import { reasonOf } from '../decoder/failure.js'

export function pauseReason({ degradation }: EffectiveStream): StateReason {
  if (!degradation) return reasonOf('paused_by_operator')
  return { code: 'paused_by_budget', text: degradation.reason }
}
