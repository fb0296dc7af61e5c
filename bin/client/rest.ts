/** Calls to the REST interface of publish. A problem it answers becomes the RingsideError that it describes. */
import type { Problem } from '../../shared/api/views.js'
import { type ErrorCode, errorTable, messageOf, RingsideError } from '../../shared/errors.js'
import type { Address } from './address.js'

/** A probe of a camera may take about as long. */
const TIMEOUT_MS = 15_000

export interface Rest {
  get<T>(path: string): Promise<T>
  send<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>
}

export function createRest(address: Address, timeoutMs = TIMEOUT_MS): Rest {
  return {
    get: path => call(address, timeoutMs, 'GET', path),
    send: (method, path, body) => call(address, timeoutMs, method, path, body),
  }
}

async function call<T>(
  address: Address,
  timeoutMs: number,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${address.token}` }
  if (body !== undefined) headers['content-type'] = 'application/json'
  let response: Response
  let text: string
  try {
    response = await fetch(`${address.url}/api/v1${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    text = await response.text()
  } catch (cause) {
    throw unreachable(address, cause)
  }
  const answer = parse(text)
  if (response.ok) return answer as T
  throw problemError(response.status, answer as Partial<Problem> | null)
}

function unreachable(address: Address, cause: unknown): RingsideError {
  const why = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause)
  return new RingsideError('not_running', `Ringside does not answer at ${address.url}: ${why}`, {
    key: '--url',
    value: address.url,
    remedy: 'Is it running? `ringside up` starts it; --url names another address.',
    cause,
  })
}

function problemError(status: number, problem: Partial<Problem> | null): RingsideError {
  const known = problem?.code !== undefined && Object.hasOwn(errorTable, problem.code)
  const code = known ? (problem.code as ErrorCode) : status === 404 ? 'not_found' : 'internal'
  return new RingsideError(code, problem?.detail ?? `Ringside answered ${status}.`, {
    ...(problem?.key && { key: problem.key }),
    ...(problem?.value && { value: problem.value }),
    remedy: problem?.remedy ?? 'Look at the log of publish.',
  })
}

function parse(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null
  } catch {
    return null // not ours: the status alone speaks
  }
}
