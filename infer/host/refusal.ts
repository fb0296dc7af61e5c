/** Why a model is not served, in words for whoever looks at a stream that wants it. */
import { messageOf, RingsideError } from '../../shared/errors.js'
import type { StateReason } from '../../shared/stream/stream.js'
import type { Bytes } from './bytes.js'
import type { ModelLimit } from './outlet.js'

/** Names the memory that is short: of a model on a GPU that may be the device's, or the host's for its slab. */
export function noRoom(model: string, asked: Bytes, free: Bytes, limit: ModelLimit): StateReason {
  const short = kinds.filter(({ kind }) => asked[kind] > free[kind])
  const sums = short.map(
    ({ kind, what, setting }) =>
      `takes ${asked[kind]} bytes${what}, but ${free[kind]} of ${limit[kind]} (${limit.rules?.[kind] ?? setting}) are free or taken by models that no stream uses`,
  )
  return { code: 'model_no_room', text: `The model ${model} ${sums.join('; it ')}.` }
}

const kinds = [
  { kind: 'host', what: '', setting: 'model.memoryBytes' },
  { kind: 'device', what: ' of device memory', setting: 'model.cuda.memoryBytes' },
] as const

/** A full tmpfs is want of room too: it may pass when another slab goes. */
export function unavailable(model: string, error: unknown): StateReason {
  const full = error instanceof RingsideError && error.code === 'shm_too_small'
  const remedy = error instanceof RingsideError && error.remedy ? ` ${error.remedy}` : ''
  return {
    code: full ? 'model_no_room' : 'model_unavailable',
    text: `The model ${model} cannot be loaded: ${messageOf(error)}${remedy}`,
  }
}
