/** What a command writes, as it comes: its result on stdout, JSON lines of progress and of its problem on stderr, and words for people between them. Bounded. */
import type { Problem } from '../../shared/api/views.js'
import { RingsideError } from '../../shared/errors.js'
import type { ModelJobProgress } from '../../shared/model/model-job.js'

/** It is kept in Redis. */
const MAX_RESULT_BYTES = 512 * 1024
const MAX_LINE_CHARS = 16_384
const MAX_WORDS_CHARS = 1000

export class CommandOutput {
  readonly #onProgress: (progress: ModelJobProgress) => void
  readonly #result: Buffer[] = []
  #resultBytes = 0
  #line = ''
  #words = ''
  #problem: Problem | null = null

  constructor(onProgress: (progress: ModelJobProgress) => void) {
    this.#onProgress = onProgress
  }

  takeResult(chunk: Buffer): void {
    this.#resultBytes += chunk.length
    if (this.#resultBytes <= MAX_RESULT_BYTES) this.#result.push(chunk)
  }

  takeNotes(chunk: Buffer): void {
    const lines = (this.#line + chunk.toString()).split('\n')
    this.#line = (lines.pop() ?? '').slice(-MAX_LINE_CHARS)
    for (const line of lines) this.#take(line)
  }

  /** As the command itself describes it; null where it did not. */
  get problem(): Problem | null {
    return this.#problem
  }

  /** The end of what it said to people. */
  get lastWords(): string {
    return (this.#words + this.#line).replace(/^ringside: /, '').trim()
  }

  /** @throws RingsideError `job_failed` where it is no JSON, or too long. */
  result(): unknown {
    if (this.#resultBytes > MAX_RESULT_BYTES) throw noResult(`it has over ${MAX_RESULT_BYTES} bytes`)
    const text = Buffer.concat(this.#result).toString()
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw noResult(`it is no JSON: ${text.slice(0, 100)}`, cause)
    }
  }

  #take(line: string): void {
    const said = line.startsWith('{') ? parse(line) : null
    if (said?.progress) this.#onProgress(said.progress)
    else if (said?.problem) this.#problem = said.problem
    else this.#words = `${this.#words}${line}\n`.slice(-MAX_WORDS_CHARS)
  }
}

function parse(line: string): { progress?: ModelJobProgress; problem?: Problem } | null {
  try {
    return JSON.parse(line)
  } catch {
    return null // words that begin with a brace
  }
}

function noResult(why: string, cause?: unknown): RingsideError {
  return new RingsideError('job_failed', `The result of the command cannot be used: ${why}.`, {
    remedy: 'Run the same as `ringside model … --json` on the host.',
    cause,
  })
}
