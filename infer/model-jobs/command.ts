/** One `ringside model` command as a child process: of low priority, with a deadline, ended with all it started, and by our own end. */
import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import type { Problem } from '../../shared/api/views.js'
import { type ErrorCode, errorTable, RingsideError } from '../../shared/errors.js'
import type { ModelJobProgress } from '../../shared/model/model-job.js'
import { packageRoot } from '../../shared/process/version.js'
import { CommandOutput } from './command-output.js'

const PROGRAM = path.join(packageRoot, 'dist/bin/ringside.js')
/** Frames go first. */
const NICENESS = 10
const KILL_AFTER_MS = 3000

export interface Command {
  /** What follows `ringside model`. */
  args: readonly string[]
  environment: NodeJS.ProcessEnv
  deadlineMs: number
  ended: AbortSignal
  onProgress(progress: ModelJobProgress): void
}

/** @returns what it printed as JSON. @throws RingsideError as the command met it, or `job_failed`. */
export async function runCommand(command: Command): Promise<unknown> {
  command.ended.throwIfAborted()
  const child = start(command)
  const output = new CommandOutput(command.onProgress)
  child.stdout!.on('data', chunk => output.takeResult(chunk))
  child.stderr!.on('data', chunk => output.takeNotes(chunk))
  const { code, late } = await endOf(child, command)
  if (late) throw failed(`It took longer than ${command.deadlineMs / 60_000} minutes.`)
  if (code === 0) return output.result()
  throw output.problem ? errorOf(output.problem) : failed(output.lastWords || `It ended with code ${code}.`)
}

/** setpriv lets the kernel end it with us, however we end; both programs become the next by exec, so the pid is Node's. */
function start({ args, environment }: Command): ChildProcess {
  const node = [process.execPath, PROGRAM, 'model', ...args]
  const bound = ['setpriv', '--pdeathsig', 'KILL', '--', 'nice', '-n', String(NICENESS), ...node]
  const [program, ...rest] = bound as [string, ...string[]]
  return spawn(program, rest, {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own: what it starts is ended with it
  })
}

async function endOf(
  child: ChildProcess,
  { deadlineMs, ended }: Command,
): Promise<{ code: number | null; late: boolean }> {
  let late = false
  let kill: NodeJS.Timeout | undefined
  const end = (): void => {
    signalGroup(child, 'SIGTERM')
    kill ??= setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS)
  }
  const deadline = setTimeout(() => {
    late = true
    end()
  }, deadlineMs)
  ended.addEventListener('abort', end, { once: true })
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', code => resolve({ code, late }))
    })
  } finally {
    clearTimeout(deadline)
    clearTimeout(kill)
    ended.removeEventListener('abort', end)
    signalGroup(child, 'SIGKILL') // whatever it left behind
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function errorOf({ code, detail, key, value, remedy }: Problem): RingsideError {
  const known = Object.hasOwn(errorTable, code) ? (code as ErrorCode) : 'job_failed'
  return new RingsideError(known, detail, {
    ...(key !== undefined && { key }),
    ...(value !== undefined && { value }),
    ...(remedy !== undefined && { remedy }),
  })
}

function failed(why: string): RingsideError {
  return new RingsideError('job_failed', why, {
    remedy: 'Run the same as `ringside model …` on the host to see all that it says.',
  })
}
