/** The last words of a process: what it died of, in the form in which the supervisor reads it from the log. */
import { messageOf, RingsideError } from '../errors.js'
import { createLastLog, type Log } from '../log.js'
import { exitNow, killWithin } from '../native/libc.js'
import type { Stage } from './report.js'

export function logFault(log: Log, error: unknown): void {
  if (error instanceof RingsideError) {
    const { code, key, value, remedy } = error
    log.fatal({ code, key, value, remedy }, remedy ? `${error.message} ${remedy}` : error.message)
  } else log.fatal({ err: error }, messageOf(error))
}

/** Whoever reads the log may have stopped reading: the last words wait for nobody longer than this. */
const LAST_WORDS_S = 1

/**
 * Ends the process at once, with exit code 1 and nothing closed: for faults after which nothing here may be trusted, nor be
 * expected to end. What it held is settled by whoever comes next, as after `kill -9`.
 */
export function endAtOnce(stage: Stage, error: unknown): never {
  killWithin(LAST_WORDS_S)
  logFault(createLastLog(stage), error)
  exitNow(1)
}
