/** Files that outlive a crash: written whole, flushed to the disk, and only then given their name. */
import fs from 'node:fs/promises'
import path from 'node:path'

/** A new file, on the disk when this resolves. */
export async function writeDurably(file: string, data: string | Uint8Array): Promise<void> {
  const handle = await fs.open(file, 'wx', 0o644)
  try {
    await handle.writeFile(data)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A copy, on the disk when this resolves. Never a link: the original may be changed by its owner. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await fs.copyFile(from, to, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE)
  await fs.chmod(to, 0o644)
  await syncPath(to)
}

/** Moves, and makes the move last: the folders on both sides are flushed. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await fs.rename(from, to)
  await syncPath(path.dirname(to))
  if (path.dirname(from) !== path.dirname(to)) await syncPath(path.dirname(from))
}

/** Flushes a file, or the entries of a folder. */
export async function syncPath(target: string): Promise<void> {
  const handle = await fs.open(target, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
