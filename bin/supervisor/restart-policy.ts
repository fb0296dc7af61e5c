/** When a stage that ended is started again, and when that is pointless. Pure: time comes in as an argument. */
import type { ErrorCode } from '../../shared/errors.js'

const BASE_DELAY_MS = 250
const CAP_DELAY_MS = 8000
/** A stage that ran this long was healthy: its next end counts as the first. */
const HEALTHY_AFTER_MS = 30_000
/** Ends in a row, each soon after a start and each with the same lasting fault, before `up` gives up. */
const LASTING_FAULT_LIMIT = 3

/** Faults that another start does not mend: a person must. */
const lastingFaults: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalid_config',
  'model_not_found',
  'model_invalid',
  'model_family_unknown',
  'shm_too_small',
  'ffmpeg_missing',
  'gpu_unavailable',
  'port_in_use',
])

export interface RestartHistory {
  /** Ends in a row without a healthy stretch between. */
  failures: number
  /** Of these, the newest ones in a row that ended with `fault`. */
  sameFault: number
  fault: ErrorCode | null
}

export const noFailures: RestartHistory = { failures: 0, sameFault: 0, fault: null }

export type RestartDecision =
  | { kind: 'restart'; delayMs: number; history: RestartHistory }
  | { kind: 'give_up'; fault: ErrorCode }

/** @param fault what the process said it died of, where it said so. */
export function decideRestart(
  history: RestartHistory,
  ranMs: number,
  fault: ErrorCode | null,
): RestartDecision {
  const before = ranMs >= HEALTHY_AFTER_MS ? noFailures : history
  const failures = before.failures + 1
  const sameFault = fault !== null && fault === before.fault ? before.sameFault + 1 : 1
  if (fault !== null && lastingFaults.has(fault) && sameFault >= LASTING_FAULT_LIMIT)
    return { kind: 'give_up', fault }
  const delayMs = Math.min(BASE_DELAY_MS * 2 ** Math.min(failures - 1, 16), CAP_DELAY_MS)
  return { kind: 'restart', delayMs, history: { failures, sameFault, fault } }
}
