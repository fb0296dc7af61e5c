/** How full the host is: its memory, or the cgroup's where that is less, and the tmpfs of the slabs. Linux. */
import fs from 'node:fs'
import { hostBytes } from '../engine/device.js'

export interface Fill {
  usedBytes: number
  totalBytes: number
}

const CGROUP = '/sys/fs/cgroup'

/** What cannot be had any more: page cache that the kernel gives up at need counts as free. */
export function hostMemory(): Fill {
  const meminfo = parseMeminfo(fs.readFileSync('/proc/meminfo', 'latin1'))
  const totalBytes = hostBytes()
  if (totalBytes >= meminfo.totalBytes) return { ...meminfo, totalBytes: meminfo.totalBytes }
  return { usedBytes: cgroupUsedBytes() ?? meminfo.usedBytes, totalBytes }
}

/** `MemTotal − MemAvailable` of proc(5). */
export function parseMeminfo(text: string): Fill {
  const of = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024
  return { usedBytes: of('MemTotal') - of('MemAvailable'), totalBytes: of('MemTotal') }
}

/** Of a cgroup v2: what it holds without the page cache that is easy to give up; null where there is none to see. */
export function cgroupUsedBytes(folder = CGROUP): number | null {
  const current = `${folder}/memory.current`
  if (!fs.existsSync(current)) return null
  const stat = fs.readFileSync(`${folder}/memory.stat`, 'latin1')
  const inactiveFileBytes = Number(/^inactive_file (\d+)$/m.exec(stat)?.[1] ?? 0)
  return Math.max(0, Number(fs.readFileSync(current, 'latin1')) - inactiveFileBytes)
}

/** Of the file system that holds `dir`. */
export function tmpfsFill(dir: string): Fill {
  const { blocks, bfree, bsize } = fs.statfsSync(dir)
  return { usedBytes: (blocks - bfree) * bsize, totalBytes: blocks * bsize }
}
