/** Which web pages may use the API: the page that Ringside serves itself, and those the operator allows. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { RingsideError } from '../../shared/errors.js'

export class Origins {
  readonly #allowed: ReadonlySet<string>
  readonly #allowedHosts: ReadonlySet<string>
  readonly #loopbackOnly: boolean

  /** @param listenHost the address that publish listens on. */
  constructor(allowedOrigins: readonly string[], listenHost: string) {
    this.#allowed = new Set(allowedOrigins.map(origin => origin.toLowerCase().replace(/\/$/, '')))
    this.#allowedHosts = new Set([...this.#allowed].map(origin => hostOf(origin)))
    this.#loopbackOnly = isLoopback(listenHost)
  }

  /** @param mustHave whether a request without an Origin is refused too. Browsers send one wherever it matters. */
  check(request: IncomingMessage, mustHave: boolean): void {
    const origin = request.headers.origin?.toLowerCase()
    if (origin === undefined) {
      if (mustHave) throw denied('The request has a cookie but no Origin, so it may come from any page.', '')
      return
    }
    if (this.#allowed.has(origin) || hostOf(origin) === request.headers.host?.toLowerCase()) return
    throw denied(`Pages of ${origin} may not use this server.`, origin)
  }

  /**
   * A server on loopback is only ever called by a loopback name. Another name in the Host header means that a
   * foreign page made its own name resolve to this host (DNS rebinding).
   */
  checkHost(request: IncomingMessage): void {
    const host = request.headers.host?.toLowerCase() ?? ''
    if (!this.#loopbackOnly || host === '' || this.#allowedHosts.has(host)) return
    const name = nameOf(host)
    if (isLoopback(name) || isIP(name) !== 0) return
    throw denied(`This server listens on loopback and is not called ${host}.`, host)
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\./.test(host)
}

/** Host and port of an origin; what is not one equals no Host header. */
function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '(none)'
}

/** `[::1]:8080` → `::1`, `localhost:8080` → `localhost` */
function nameOf(host: string): string {
  return /^\[(.+)\](:\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, '')
}

function denied(message: string, value: string): RingsideError {
  return new RingsideError('origin_denied', message, {
    key: 'server.allowedOrigins',
    value,
    remedy: 'Open the dashboard at the address Ringside prints, or add this origin to server.allowedOrigins.',
  })
}
