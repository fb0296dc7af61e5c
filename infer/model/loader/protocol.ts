/** What the loader and its child say to one another: one job there, one answer back. */
import { type ErrorCode, RingsideError } from '../../../shared/errors.js'
import type { EntryKey, PreparedFacts } from '../cache.js'
import type { PrepareOptions } from '../passes/pass.js'
import type { Sidecar } from '../sidecar.js'
import type { ModelInspection } from './inspection.js'

/** The model file itself is open in the child as this descriptor. */
export const MODEL_FD = 4

export interface PrepareJob {
  kind: 'prepare'
  /** Names the source in errors; the child opens no path of the caller's but the cache's. */
  file: string
  /** SHA-256 that the bytes must have. */
  digest: string
  sidecar: Sidecar
  options: PrepareOptions
  key: EntryKey
}

/** Only looks into the file. */
export interface InspectJob {
  kind: 'inspect'
  file: string
  sidecar: Sidecar
}

export type LoadJob = (PrepareJob | InspectJob) & { memoryLimitBytes: number }

/** To a job of either kind its own, or what went wrong. */
export type LoadAnswer<Job extends PrepareJob | InspectJob> =
  | (Job extends PrepareJob ? { facts: PreparedFacts } : { inspection: ModelInspection })
  | { error: PlainError }

/** A RingsideError without its class and cause. */
export interface PlainError {
  code: ErrorCode
  message: string
  key: string | undefined
  value: string | undefined
  remedy: string | undefined
}

export function plainOf(error: RingsideError): PlainError {
  const { code, message, key, value, remedy } = error
  return { code, message, key, value, remedy }
}

export function errorOf({ code, message, key, value, remedy }: PlainError): RingsideError {
  return new RingsideError(code, message, {
    ...(key !== undefined && { key }),
    ...(value !== undefined && { value }),
    ...(remedy !== undefined && { remedy }),
  })
}
