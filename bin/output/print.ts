/** How a command speaks: results on stdout, errors on stderr as "ringside: message" with the remedy on a line of its own. */
import { messageOf, RingsideError } from '../../shared/errors.js'
import { redactText } from '../../shared/secrets/redact.js'

let watched = false

export function printLine(text: string): void {
  if (!watched) process.stdout.on('error', endOnClosedPipe)
  watched = true
  process.stdout.write(text + '\n')
}

export function printJson(value: unknown): void {
  printLine(JSON.stringify(value, null, 2))
}

/** Progress and notes: stderr, so that they never mix with what a script reads. */
export function printNote(text: string): void {
  process.stderr.write(redactText(text) + '\n')
}

export function printError(error: unknown): void {
  const remedy = error instanceof RingsideError ? error.remedy : undefined
  printNote(`ringside: ${messageOf(error)}${remedy ? `\n  ${remedy}` : ''}`)
}

/** A reader that has seen enough (`ringside stream ls | head -1`) is no fault. */
function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
  throw error
}
