/** CPU of groups of processes, down to their busiest threads, from /proc: what a search for a bottleneck looks at first. */
import fs from 'node:fs'
import { childrenOf } from '../proc.js'

const TICKS_PER_SECOND = 100 // USER_HZ, fixed on Linux

/** CPU seconds since start of every thread of a group: `<pid>/<tid>` → name and seconds. */
type Threads = Map<string, { name: string; isMain: boolean; cpuSeconds: number }>

export interface UsageMark {
  atMs: number
  groups: Map<string, Threads>
}

/** Cores that a group kept busy, and its busiest thread. */
export interface GroupUse {
  cores: number
  busiest: { thread: string; cores: number }
}

/** @param groups name → pids; what they have started counts too, unless an earlier group has it. */
export function markUsage(groups: Record<string, readonly number[]>): UsageMark {
  const seen = new Set<number>()
  const threadsOfGroup = (pids: readonly number[]): Threads => {
    const own = pids.flatMap(familyOf).filter(pid => !seen.has(pid))
    for (const pid of own) seen.add(pid)
    return threadsOf(own)
  }
  const atMs = performance.now()
  return {
    atMs,
    groups: new Map(Object.entries(groups).map(([name, pids]) => [name, threadsOfGroup(pids)])),
  }
}

/** Threads that ended in between are not seen: decoders that stop are short of their last CPU. */
export function usageBetween(before: UsageMark, after: UsageMark): Record<string, GroupUse> {
  const seconds = (after.atMs - before.atMs) / 1000
  return Object.fromEntries(
    [...after.groups].map(([group, threads]) => {
      const uses = [...threads].map(([id, { name, isMain, cpuSeconds }]) => ({
        thread: isMain ? `${name}, main thread` : name,
        cores: (cpuSeconds - (before.groups.get(group)?.get(id)?.cpuSeconds ?? 0)) / seconds,
      }))
      uses.sort((a, b) => b.cores - a.cores)
      const cores = uses.reduce((sum, use) => sum + use.cores, 0)
      return [group, { cores, busiest: uses[0] ?? { thread: '(none)', cores: 0 } }]
    }),
  )
}

function familyOf(pid: number): number[] {
  try {
    return [pid, ...childrenOf(pid).flatMap(familyOf)]
  } catch {
    return [] // it ended while we looked
  }
}

function threadsOf(pids: readonly number[]): Threads {
  const threads: Threads = new Map()
  for (const pid of pids) {
    for (const tid of namesIn(`/proc/${pid}/task`)) {
      const stat = readStat(`/proc/${pid}/task/${tid}/stat`)
      if (stat) threads.set(`${pid}/${tid}`, { ...stat, isMain: tid === String(pid) })
    }
  }
  return threads
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch {
    return []
  }
}

/** Fields 2 (name), 14 (user) and 15 (system) of proc(5). */
function readStat(file: string): { name: string; cpuSeconds: number } | null {
  let text: string
  try {
    text = fs.readFileSync(file, 'latin1')
  } catch {
    return null // the thread ended while we looked
  }
  const end = text.lastIndexOf(')')
  const fields = text.slice(end + 2).split(' ')
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  return { name: text.slice(text.indexOf('(') + 1, end), cpuSeconds }
}
