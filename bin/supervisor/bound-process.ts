/**
 * Child processes whose life is bound to ours: `setpriv --pdeathsig KILL` has the kernel kill them when we die, however we die.
 * They lead process groups of their own, so that a terminal's Ctrl-C reaches us alone and we stop them in order.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { findProgram } from './find-program.js'

/** false: no setpriv here, and `kill -9` of ours leaves the children running. */
export function canBind(): boolean {
  return findProgram('setpriv') !== null
}

export function spawnBound(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const setpriv = findProgram('setpriv')
  const [command, prefix] = setpriv ? [setpriv, ['--pdeathsig', 'KILL', '--', program]] : [program, []]
  return spawn(command, [...prefix, ...args], { ...options, detached: true })
}

/** Signals the whole group of a bound process; a group that is gone is no fault. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** SIGTERM, then SIGKILL to the whole group after the grace. Resolves when the process is gone; true where SIGTERM was enough. */
export async function endProcess(child: ChildProcess, graceMs: number): Promise<boolean> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return true
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  let orderly = true
  const timer = setTimeout(() => {
    orderly = false
    signalGroup(child, 'SIGKILL')
  }, graceMs)
  await gone
  clearTimeout(timer)
  return orderly
}
