/**
 * One `up` a data folder: a lock file that names its process. A lock whose process is gone is taken over.
 * A hard link puts the whole file in place at once, so no reader ever sees half of it.
 */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { RingsideError } from '../../shared/errors.js'
import { startTicks } from './process-identity.js'
import { readRunFile, runDir } from './run-file.js'

interface Holder {
  pid: number
  startTicks: number | null
}

/** @returns what frees the lock. @throws RingsideError `already_running`. */
export function takeUpLock(dataDir: string): () => void {
  const lock = path.join(runDir(dataDir), 'up.lock')
  const fresh = `${lock}.${process.pid}.${randomBytes(4).toString('hex')}`
  fs.writeFileSync(fresh, JSON.stringify({ pid: process.pid, startTicks: startTicks(process.pid) }), {
    mode: 0o600,
  })
  try {
    while (!tryLink(fresh, lock)) {
      const holder = readHolder(lock)
      if (holder && isHolderAlive(holder)) throw alreadyRunning(dataDir, holder)
      // Stale. Of two that find it so, one renames it; the other finds it gone, or a new one, and looks again.
      if (holder) discard(lock, holder, `${fresh}.stale`)
    }
  } finally {
    fs.rmSync(fresh, { force: true })
  }
  return () => fs.rmSync(lock, { force: true })
}

function tryLink(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function discard(lock: string, stale: Holder, aside: string): void {
  try {
    fs.renameSync(lock, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = readHolder(aside)
  if (moved && moved.pid !== stale.pid) tryLink(aside, lock) // it was a rival's fresh one: put it back
  fs.rmSync(aside, { force: true })
}

/** null where it is gone; a lock that cannot be read as one (a full disk cut it short) counts as nobody's. */
function readHolder(file: string): Holder | null {
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    return JSON.parse(text) as Holder
  } catch {
    return { pid: 0, startTicks: null }
  }
}

function isHolderAlive(holder: Holder): boolean {
  const ticks = startTicks(holder.pid)
  return ticks !== null && ticks === holder.startTicks
}

function alreadyRunning(dataDir: string, holder: Holder): RingsideError {
  const url = readRunFile(dataDir)?.url
  return new RingsideError(
    'already_running',
    `Ringside runs on this data folder already: process ${holder.pid}${url ? `, at ${url}` : ''}.`,
    {
      key: 'dataDir',
      value: dataDir,
      remedy: `Stop that one (kill ${holder.pid}), or set RINGSIDE_DATA_DIR and RINGSIDE_PORT to run a second.`,
    },
  )
}
