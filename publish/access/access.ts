/** Who may enter: whoever shows the access token, in a header, in the query of `/` and `/ws`, or as the dashboard's cookie. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { RingsideError } from '../../shared/errors.js'
import type { Actor } from '../../shared/redis/history.js'
import { COOKIE_NAME, type Credential, credentialOf } from './credential.js'
import { FailureCounter } from './failures.js'
import { Origins } from './origins.js'

/** `rest` and `live` differ in what a browser page could do behind its user's back. */
export type Entrance = 'rest' | 'live' | 'dashboard'

export interface AccessSettings {
  token: string
  allowedOrigins: readonly string[]
  host: string
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export function makeToken(): string {
  return randomBytes(24).toString('base64url')
}

export class Access {
  readonly #token: string
  /** Whose changes are those that come with the token, however it is shown: for histories. */
  readonly actor: Actor
  /** The cookie's value: proves the token without being it. */
  readonly #session: string
  readonly #origins: Origins
  readonly #failures = new FailureCounter()

  constructor(settings: AccessSettings) {
    this.#token = settings.token
    this.actor = `token:${createHash('sha256').update(settings.token).digest('hex').slice(0, 6)}`
    this.#session = createHmac('sha256', settings.token).update('dashboard cookie').digest('base64url')
    this.#origins = new Origins(settings.allowedOrigins, settings.host)
  }

  /** Asked of every request, open routes included. @throws RingsideError `origin_denied` */
  checkHost(request: IncomingMessage): void {
    this.#origins.checkHost(request)
  }

  /** @throws RingsideError `unauthorized`, `origin_denied` or `too_many_failures` */
  check(request: IncomingMessage, entrance: Entrance): void {
    this.#origins.checkHost(request)
    const address = request.socket.remoteAddress ?? ''
    const refusedForSeconds = this.#failures.refusedForSeconds(address)
    if (refusedForSeconds > 0) throw tooManyFailures(refusedForSeconds)
    const credential = credentialOf(request, entrance !== 'rest')
    if (entrance === 'live') this.#origins.check(request, credential?.kind === 'cookie')
    if (!credential) throw unauthorized('The request has no access token.')
    if (!this.#isRight(credential)) {
      this.#failures.add(address)
      throw unauthorized('The access token is wrong.')
    }
    const unsafe = !SAFE_METHODS.has(request.method ?? '')
    if (entrance === 'rest' && credential.kind === 'cookie' && unsafe) this.#origins.check(request, true)
  }

  /** For the dashboard's first visit: the browser keeps this, and the token leaves the address bar. */
  sessionCookie(): string {
    return `${COOKIE_NAME}=${this.#session}; Path=/; HttpOnly; SameSite=Strict`
  }

  /** What a refusal tells the client's software. A cookie of an earlier start is taken away, or a page left open would go on failing to log in. */
  refusalHeaders(request: IncomingMessage, error: RingsideError): Record<string, string> {
    if (error.code === 'too_many_failures') return { 'retry-after': error.value ?? '' }
    if (error.code !== 'unauthorized') return {}
    const isCookie = credentialOf(request, false)?.kind === 'cookie'
    return {
      'www-authenticate': 'Bearer realm="ringside"',
      ...(isCookie && { 'set-cookie': `${COOKIE_NAME}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0` }),
    }
  }

  #isRight(credential: Credential): boolean {
    return equalsInConstantTime(credential.value, credential.kind === 'cookie' ? this.#session : this.#token)
  }
}

/** Digests have one length, so that not even the length of the secret shows in the time taken. */
function equalsInConstantTime(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

function unauthorized(message: string): RingsideError {
  return new RingsideError('unauthorized', message, {
    key: 'Authorization',
    remedy:
      'Send `Authorization: Bearer <token>`; `ringside up` prints the token with the dashboard’s address.',
  })
}

function tooManyFailures(seconds: number): RingsideError {
  return new RingsideError('too_many_failures', 'This address failed to log in too often.', {
    key: 'Retry-After',
    value: String(seconds),
    remedy: `Wait ${seconds} s, then send the right token.`,
  })
}
