/** What went wrong with a request, as problem details: the server's own, or one made here when it did not answer. */
import type { Problem } from '../../../shared/api/views.js'

export class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  return localProblem(
    'internal',
    'The dashboard failed',
    error instanceof Error ? error.message : String(error),
  )
}

export function unreachable(): Problem {
  return localProblem(
    'unreachable',
    'Ringside does not answer',
    'The server did not answer this request.',
    'Check that Ringside runs and that this device reaches it. The page tries again by itself.',
  )
}

/** A proxy may answer with a page of its own instead of problem details. */
export function problemFromResponse(status: number, body: unknown): Problem {
  if (typeof body === 'object' && body !== null && 'detail' in body && 'code' in body) return body as Problem
  return localProblem(
    'http',
    'Unexpected answer',
    `The server answered with HTTP status ${status}.`,
    undefined,
    status,
  )
}

function localProblem(code: string, title: string, detail: string, remedy?: string, status = 0): Problem {
  return { type: 'about:blank', title, status, detail, code, ...(remedy !== undefined && { remedy }) }
}
