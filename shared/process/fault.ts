/** The last words of a process: what it died of, in the form in which the supervisor reads it from the log. */
import { messageOf, RingsideError } from '../errors.js'
import type { Log } from '../log.js'
import { exitNow } from '../native/libc.js'

export function logFault(log: Log, error: unknown): void {
  if (error instanceof RingsideError) {
    const { code, key, value, remedy } = error
    log.fatal({ code, key, value, remedy }, remedy ? `${error.message} ${remedy}` : error.message)
  } else log.fatal({ err: error }, messageOf(error))
}

/**
 * Ends the process at once, with exit code 1 and nothing closed: for faults after which nothing here may be trusted, nor be
 * expected to end. What it held is settled by whoever comes next, as after `kill -9`.
 */
export function endAtOnce(log: Log, error: unknown): never {
  logFault(log, error)
  exitNow(1)
}
