/** Basic authentication (RFC 7617) for a simulated camera that is to have a password. */
import { timingSafeEqual } from 'node:crypto'

export interface Credentials {
  user: string
  password: string
}

export function isAuthorized(header: string | undefined, expected: Credentials | null): boolean {
  if (!expected) return true
  const given = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1]
  if (!given) return false
  const wanted = Buffer.from(`${expected.user}:${expected.password}`)
  const actual = Buffer.from(given, 'base64')
  return actual.length === wanted.length && timingSafeEqual(actual, wanted)
}
