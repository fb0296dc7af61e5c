/** What an error code of libavformat means to whoever registered the camera. Pure: codes in, words of ours out. */
import os from 'node:os'
import type { ReasonCode } from '../../../shared/stream/stream.js'

/** FFERRTAG of libavutil/error.h: four characters, negated. */
function tag(...characters: readonly (number | string)[]): number {
  const code = (at: number): number => {
    const character = characters[at] as number | string
    return typeof character === 'number' ? character : character.charCodeAt(0)
  }
  return -(code(0) | (code(1) << 8) | (code(2) << 16) | (code(3) << 24))
}

const { errno } = os.constants
const reasons: ReadonlyMap<number, ReasonCode> = new Map<number, ReasonCode>([
  [tag(0xf8, '4', '0', '1'), 'unauthorized'],
  [tag(0xf8, '4', '0', '3'), 'unauthorized'],
  [tag(0xf8, '4', '0', '4'), 'not_found'],
  [tag(0xf8, '4', 'X', 'X'), 'camera_error'],
  [tag(0xf8, '5', 'X', 'X'), 'camera_error'],
  [-errno.ENOENT, 'not_found'],
  [-errno.ECONNREFUSED, 'connection_refused'],
  [-errno.EHOSTUNREACH, 'host_unreachable'],
  [-errno.ENETUNREACH, 'host_unreachable'],
  [-errno.ETIMEDOUT, 'no_answer'],
  [tag(0xf8, 'P', 'R', 'O'), 'invalid_source'],
  [-errno.EINVAL, 'invalid_source'],
])

/** @returns null where the code says nothing that a person could use. */
export function reasonOfAvError(code: number): ReasonCode | null {
  return reasons.get(code) ?? null
}
