/** Finds a program as a shell would: a path is taken as it is, a name is looked for in PATH. */
import fs from 'node:fs'
import path from 'node:path'

/** @returns its path, or null. */
export function findProgram(name: string, searchPath: string | undefined = process.env.PATH): string | null {
  const candidates = name.includes('/')
    ? [path.resolve(name)]
    : (searchPath ?? '')
        .split(path.delimiter)
        .filter(Boolean)
        .map(dir => path.join(dir, name))
  return candidates.find(isExecutable) ?? null
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch {
    return false // not there, or not for us: both mean "look further"
  }
}
