/** Why a model is not served, in words for whoever looks at a stream that wants it. */
import { messageOf, RingsideError } from '../../shared/errors.js'
import type { StateReason } from '../../shared/stream/stream.js'

export function noRoom(
  model: string,
  askedBytes: number,
  freeBytes: number,
  limitBytes: number,
): StateReason {
  const text = `The model ${model} takes ${askedBytes} bytes, but ${freeBytes} of ${limitBytes} (model.memoryBytes) are free or taken by models that no stream uses.`
  return { code: 'model_no_room', text }
}

/** A full tmpfs is want of room too: it may pass when another slab goes. */
export function unavailable(model: string, error: unknown): StateReason {
  const full = error instanceof RingsideError && error.code === 'shm_too_small'
  const remedy = error instanceof RingsideError && error.remedy ? ` ${error.remedy}` : ''
  return {
    code: full ? 'model_no_room' : 'model_unavailable',
    text: `The model ${model} cannot be loaded: ${messageOf(error)}${remedy}`,
  }
}
