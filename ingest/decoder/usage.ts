/** What a decoder process costs: CPU and memory, from /proc. */
import fs from 'node:fs'
import { residentParts } from '../../shared/process/own-memory.js'

export interface Usage {
  cpuSeconds: number
  residentBytes: number
}

/** Linux fixes both for user space, whatever the kernel's own tick is; pages are 4 KiB on x86-64 and by default on arm64. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

/** null where the process is gone. */
export function usageOf(pid: number): Usage | null {
  let stat: string
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return null // it ended between two looks: its share is over
  }
  return parseStat(stat)
}

/** Anonymous resident memory: what the process has for itself. null where it is gone. */
export function anonymousBytesOf(pid: number): number | null {
  try {
    return residentParts(pid).anonymousBytes
  } catch {
    return null // it ended between two looks
  }
}

/** Fields 14 (user), 15 (system) and 24 (resident pages) of proc(5); the name in field 2 may hold spaces. */
export function parseStat(stat: string): Usage {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const at = (field: number): number => Number(fields[field - 3])
  return { cpuSeconds: (at(14) + at(15)) / TICKS_PER_SECOND, residentBytes: at(24) * PAGE_BYTES }
}
