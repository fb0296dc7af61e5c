/** What this host lets models take, and what the process has taken. */
import fs from 'node:fs'
import os from 'node:os'
import { hostBytes } from '../engine/device.js'

/** Unless the budget says otherwise. The rest is for the process itself, the other stages and what varies. */
export const MEMORY_FRACTION = 0.8

/** @param setting `model.memoryBytes`. `auto` takes 0.8 of the host's memory, or of the cgroup's limit where that is less, until a budget says otherwise. */
export function memoryLimitBytes(
  setting: 'auto' | number,
  host: number = os.totalmem(),
  cgroup: number = process.constrainedMemory(),
): number {
  return setting === 'auto' ? Math.floor(hostBytes(host, cgroup) * MEMORY_FRACTION) : setting
}

/** Anonymous resident memory of this process: heap and sessions, without files and slabs (`RssAnon` of proc(5)). */
export function anonymousBytes(): number {
  const found = /^RssAnon:\s+(\d+) kB$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))
  if (!found) throw new Error('/proc/self/status has no RssAnon: Linux 4.5 or later is needed')
  return Number(found[1]) * 1024
}
