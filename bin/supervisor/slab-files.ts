/** Slab files in shared memory, found by who has them mapped: an infer that had to be killed could not remove its own. */
import fs from 'node:fs'
import path from 'node:path'

/** The slab files under `dir` that the process has mapped; none where it is gone. */
export function mappedSlabFiles(pid: number, dir: string): string[] {
  let maps: string
  try {
    maps = fs.readFileSync(`/proc/${pid}/maps`, 'utf8')
  } catch {
    return [] // it ended by itself: infer removes its file then
  }
  // address, rights, offset, device, inode, path; a file that is unlinked already ends in " (deleted)".
  const files = [...maps.matchAll(/^(?:\S+ +){5}(\/.+\.slab)$/gm)].map(match => match[1] as string)
  const folder = path.join(fs.realpathSync(dir), path.sep)
  return [...new Set(files)].filter(file => file.startsWith(folder))
}

export function removeFiles(files: readonly string[]): void {
  for (const file of files) fs.rmSync(file, { force: true })
}
