/** One request to REST: JSON in, JSON out, problem details thrown. */
import { access } from '../store/access.js'
import { ProblemError, problemFromResponse, unreachable } from './problem.js'

const TIMEOUT_MS = 20_000

interface Options {
  body?: unknown
  /** Shown instead of the cookie. */
  token?: string
}

/** @param path below `/api/v1`. @throws ProblemError */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const response = await send(method, path, options)
  const answer = await readJson(response)
  if (options.token === undefined) access.set(response.status === 401 ? 'denied' : 'granted')
  if (!response.ok) throw new ProblemError(problemFromResponse(response.status, answer))
  return answer as T
}

async function send(method: string, path: string, { body, token }: Options): Promise<Response> {
  try {
    return await fetch(`/api/v1${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch {
    throw new ProblemError(unreachable()) // fetch tells a page no more than that it failed
  }
}

/** null for an empty or unreadable body; the status then says what there is to say. */
async function readJson(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return text ? JSON.parse(text) : null
  } catch {
    return null
  }
}
