/** Makes folders that outlast a strange file system: below /proc, Node's own `recursive` tries for ever. */
import fs from 'node:fs'
import path from 'node:path'

/** With the folders above it, as `mkdir -p` does. @throws a system error where the file system refuses. */
export function makeFolder(dir: string, mode = 0o777): void {
  try {
    fs.mkdirSync(dir, { mode })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && fs.statSync(dir).isDirectory()) return
    const parent = path.dirname(dir)
    // A folder above that exists, and lets nothing be made in it, says ENOENT too.
    if (code !== 'ENOENT' || fs.existsSync(parent)) throw error
    makeFolder(parent, mode)
    fs.mkdirSync(dir, { mode })
  }
}
