/** Structured logs (pino, one JSON object a line on stdout). Secrets are removed before anything is written. */
import { type DestinationStream, type Logger, pino } from 'pino'
import { redactText } from './secrets/redact.js'

export type Log = Logger

/** Keys whose values never reach a log, wherever a caller put them. */
const secretKeys = ['url', 'sealedUrl', 'password', 'token', 'authorization']

const STDOUT = 1

/**
 * For the last words of a process that ends at once: a line is written when the call returns. Other logs leave it to a thread,
 * which would never get to it.
 */
export function createLastLog(name: string): Log {
  return createLog({ level: 'fatal', name }, pino.destination({ dest: STDOUT, sync: true }))
}

export function createLog(settings: { level: string; name: string }, destination?: DestinationStream): Log {
  return pino(
    {
      level: settings.level,
      base: { stage: settings.name, pid: process.pid },
      redact: { paths: secretKeys.flatMap(key => [key, `*.${key}`, `*.*.${key}`]), censor: '(hidden)' },
      hooks: {
        streamWrite: redactText,
      },
    },
    ...(destination ? [destination] : []),
  )
}
