/** A lock on an open file, between processes. The kernel frees it when its holder closes the file or dies, however it dies. Linux. */

import { getSystemErrorMessage } from './errno.js'
import { koffi } from './ffi.js'

const flock = koffi.load('libc.so.6').func('int flock(int fd, int operation)')

const LOCK_EX = 2
const LOCK_NB = 4
const EWOULDBLOCK = 11

/** @returns false where another process, or another opening of the file in this one, holds it. */
export function tryLock(fd: number): boolean {
  if (flock(fd, LOCK_EX | LOCK_NB) === 0) return true
  if (koffi.errno() === EWOULDBLOCK) return false
  throw new Error(`flock: ${getSystemErrorMessage(koffi.errno())}`)
}
