/** The native parts: each is loaded in a process of its own, since one that does not fit this machine may crash it. */
import { execFile } from 'node:child_process'
import { packageRoot } from '../../shared/process/version.js'
import { type Finding, fail, ok } from './check.js'

const TIMEOUT_MS = 20_000

/** @param purpose what does not work without it. */
export function checkNative(name: string, purpose: string): Promise<Finding> {
  const args = ['--input-type=module', '--eval', `await import(${JSON.stringify(name)})`]
  return new Promise(resolve => {
    execFile(process.execPath, args, { cwd: packageRoot, timeout: TIMEOUT_MS }, (error, _, stderr) => {
      if (!error) return resolve(ok(name, 'loads'))
      const why = error.signal
        ? `it dies of ${error.signal}`
        : (/^\S*Error.*$/m.exec(stderr)?.[0] ?? 'it does not load')
      const remedy = `Run \`npm ci\` again on this machine (${process.platform}-${process.arch}).`
      resolve(fail(name, `${why} (needed for ${purpose})`, remedy))
    })
  })
}
