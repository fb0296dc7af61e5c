/** The text of an errno. */
import { constants } from 'node:os'

export function getSystemErrorMessage(errno: number): string {
  const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0]
  return name ? `${name} (${errno})` : `errno ${errno}`
}

export const ENOSPC = constants.errno.ENOSPC
