/** `<dataDir>/run/ringside.json`: where the Ringside of this data folder listens, and its token. `up` writes and removes it; the commands read it. */
import fs from 'node:fs'
import path from 'node:path'
import { isAlive } from './process-identity.js'

export interface RunFile {
  url: string
  token: string
  pid: number
}

export function runDir(dataDir: string): string {
  return path.join(dataDir, 'run')
}

/** Only the owner may read it: the token opens everything. */
export function writeRunFile(dataDir: string, content: RunFile): void {
  const file = runFile(dataDir)
  const fresh = `${file}.${process.pid}`
  fs.writeFileSync(fresh, JSON.stringify(content) + '\n', { mode: 0o600 })
  fs.renameSync(fresh, file)
}

/** null where none lies there, or the `up` that wrote it was killed. */
export function readRunFile(dataDir: string): RunFile | null {
  let text: string
  try {
    text = fs.readFileSync(runFile(dataDir), 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return null
    throw error
  }
  const content = JSON.parse(text) as RunFile
  return isAlive(content.pid) ? content : null
}

export function removeRunFile(dataDir: string): void {
  fs.rmSync(runFile(dataDir), { force: true })
}

function runFile(dataDir: string): string {
  return path.join(runDir(dataDir), 'ringside.json')
}
