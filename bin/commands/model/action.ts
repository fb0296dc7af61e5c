/** How every `ringside model` command fails: as a sentence, or with --json as one line of problem details on stderr, which jobs read. */
import type { Command } from 'commander'
import { problemOf } from '../../../shared/api/problem.js'
import { RingsideError } from '../../../shared/errors.js'
import { exitCodeOf } from '../../exit-codes.js'

export interface JsonOption {
  json?: boolean
}

/** Wraps the action of a command whose options, the last argument but the command itself, may hold `json`. */
export function modelAction<Arguments extends unknown[]>(
  action: (...parameters: Arguments) => Promise<void>,
): (...parameters: Arguments) => Promise<void> {
  return async (...parameters) => {
    try {
      await action(...parameters)
    } catch (error) {
      const options = parameters.find(isOptions)
      if (!options?.json || !(error instanceof RingsideError)) throw error
      process.stderr.write(`${JSON.stringify({ problem: problemOf(error) })}\n`)
      process.exitCode = exitCodeOf(error)
    }
  }
}

/** Aborts at Ctrl-C and SIGTERM, so that the work can end in order. */
export function endingSignal(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}

function isOptions(value: unknown): value is JsonOption {
  return typeof value === 'object' && value !== null && !('parent' in (value as Partial<Command>))
}
