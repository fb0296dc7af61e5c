/** The failure after which a process can use its GPU no more: whoever meets it ends the process. */
import { RingsideError } from '../../shared/errors.js'

export function isGpuLost(error: unknown): error is RingsideError {
  return error instanceof RingsideError && error.code === 'gpu_lost'
}
