/** What the files of a provider can be refused for. */
import { RingsideError } from '../../shared/errors.js'
import { editions } from './catalogue.js'

export function invalid(message: string, value: string, remedy: string): RingsideError {
  return new RingsideError('gpu_provider_invalid', message, { key: '--from', value, remedy })
}

/** @param expected each would have done. */
export function wrongDigest(what: string, found: string, expected: readonly string[]): RingsideError {
  return invalid(
    `${what} is not what it should be: its SHA-256 is ${found}, expected is ${expected.join(' or ')}. It is not installed.`,
    found,
    `Known are: ${editions.map(({ title }) => title).join('; ')}. For another build whose digest you vouch for, give its archive with --from FILE and its --sha256.`,
  )
}
