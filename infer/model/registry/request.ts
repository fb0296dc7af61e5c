/** One GET of a model's address, through redirects. HTTPS only; plain HTTP is for this very host. Proxies: what Node itself does with NODE_USE_ENV_PROXY (Node 24); Node 20 knows none. */
import { messageOf, RingsideError } from '../../../shared/errors.js'

const MAX_REDIRECTS = 5
const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])
/** What says that the way to the server is closed, rather than that the server refuses. */
const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])
const REMEDY =
  'Try again: a download goes on where it ended. Or download the file elsewhere and `ringside model add FILE`, or put it into model.modelsDir.'

/** @throws RingsideError `no_network`, `download_failed`; what aborts the signal, as it is. */
export async function request(
  address: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  let at = checkAddress(address)
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await get(at, headers, signal)
    const location = response.headers.get('location')
    if (response.status < 300 || response.status > 399 || location === null) return response
    await response.body?.cancel()
    at = checkAddress(location, at)
  }
  throw downloadFailed(address, `it redirects more than ${MAX_REDIRECTS} times`)
}

/** @param base what it is relative to: the address that redirected here. */
export function checkAddress(text: string, base?: URL): URL {
  const url = URL.canParse(text, base) ? new URL(text, base) : null
  if (url?.protocol === 'https:' && url.username === '' && url.password === '') return url
  // From the internet nobody is led back into this host.
  const local = url?.protocol === 'http:' && loopback.has(url.hostname) && base?.protocol !== 'https:'
  if (url && local) return url
  const shown = url ? `${url.protocol}//${url.hostname}` : text.slice(0, 100)
  throw new RingsideError('download_failed', `A model is downloaded over https:// only, not from ${shown}.`, {
    key: 'address',
    value: shown,
    remedy: REMEDY,
  })
}

export function downloadFailed(address: string, why: string, cause?: unknown): RingsideError {
  return new RingsideError('download_failed', `The download of ${address} failed: ${why}.`, {
    key: 'address',
    value: address,
    remedy: REMEDY,
    cause,
  })
}

async function get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      headers: { 'accept-encoding': 'identity', ...headers },
      redirect: 'manual',
      signal,
    })
  } catch (error) {
    signal.throwIfAborted()
    throw notAnswered(url, error)
  }
}

/** fetch hides the reason in its cause, and that of several tried addresses in the errors of it. */
function notAnswered(url: URL, error: unknown): RingsideError {
  const cause = error instanceof Error && error.cause ? error.cause : error
  const first = cause instanceof AggregateError ? cause.errors[0] : cause
  const code = (first as NodeJS.ErrnoException).code ?? ''
  const why = messageOf(first) || code
  if (!unreachable.has(code)) return downloadFailed(url.href, why, error)
  return new RingsideError('no_network', `${url.host} cannot be reached (${why}).${proxyNote()}`, {
    key: 'address',
    value: url.href,
    remedy: REMEDY,
    cause: error,
  })
}

/** Who needs a proxy should not have to guess why it is not used. */
function proxyNote(): string {
  const { HTTPS_PROXY, https_proxy, NODE_USE_ENV_PROXY } = process.env
  if (!(HTTPS_PROXY || https_proxy) || NODE_USE_ENV_PROXY) return ''
  return ' A proxy is set, which Node uses from version 24 on and with NODE_USE_ENV_PROXY=1 only.'
}
