/** Tells a process from a later one that got the same number: by the moment it started (`/proc/<pid>/stat`, field 22). */
import fs from 'node:fs'

/** Clock ticks since boot at which the process started; null where there is none. */
export function startTicks(pid: number): number | null {
  let stat: string
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null // no such process
  }
  // Field 2 is the name in parentheses and may hold anything, so count from its end: state is field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? null : Number(fields[19])
}

export function isAlive(pid: number): boolean {
  return startTicks(pid) !== null
}
