/** The credential that a request carries, wherever it carries it. */
import type { IncomingMessage } from 'node:http'

export const COOKIE_NAME = 'ringside'

export interface Credential {
  kind: 'header' | 'query' | 'cookie'
  value: string
}

/** The header wins over the query, and the query over the cookie: the most deliberate one is judged. */
export function credentialOf(request: IncomingMessage, mayUseQuery: boolean): Credential | null {
  const header = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (header !== undefined) return { kind: 'header', value: header.trim() }
  const query = mayUseQuery ? queryOf(request.url ?? '').get('token') : null
  if (query) return { kind: 'query', value: query }
  const cookie = cookieOf(request.headers.cookie ?? '')
  return cookie === undefined ? null : { kind: 'cookie', value: cookie }
}

export function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?')
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1))
}

function cookieOf(header: string): string | undefined {
  for (const part of header.split(';')) {
    const [name, value] = part.trim().split('=', 2)
    if (name === COOKIE_NAME) return value
  }
  return undefined
}
