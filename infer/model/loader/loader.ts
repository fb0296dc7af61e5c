/** Has unknown models prepared by a child process: with an empty folder, no environment, little memory and a deadline. What kills the child is a reason here. */
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { compiledModule } from '../../../shared/process/compiled.js'
import type { PreparedFacts } from '../cache.js'
import { modelInvalid } from '../onnx/invalid.js'
import type { Sidecar } from '../sidecar.js'
import type { ModelInspection } from './inspection.js'
import { errorOf, type InspectJob, type LoadAnswer, type LoadJob, type PrepareJob } from './protocol.js'

/** A small model takes under a second; a hundred times that, and time for the largest file. */
const DEADLINE_MS = 60_000
const DEADLINE_MS_PER_MIB = 500
/** What is built of a file of 1 GiB: its weights are not on this heap, and all else has limits of its own. */
const HEAP_MIB = 2048
/** With the weights: the file, its rewritten copy, and what the runtime makes of either. */
const MEMORY_BYTES = 4 * 2 ** 30
const MEMORY_FACTOR = 6
const REASON_BYTES = 4096

export interface OpenModel {
  /** Names the file in errors. */
  file: string
  /** Open for reading; stays the caller's. */
  fd: number
  bytes: number
}

export interface LoadLimits {
  deadlineMs: number
  memoryBytes: number
}

export type LoadRequest = Omit<PrepareJob, 'kind'>

/**
 * @param limits only tests give others.
 * @throws RingsideError as the child met it, or `model_invalid` saying how the child ended.
 */
export async function prepareInChild(
  model: OpenModel,
  request: LoadRequest,
  limits = limitsOf(model.bytes),
): Promise<PreparedFacts> {
  const answer = await runInChild(model, { kind: 'prepare', ...request }, limits)
  if ('facts' in answer) return answer.facts
  throw errorOf(answer.error)
}

/** Looks into the file, and runs nothing of it. @throws RingsideError as `prepareInChild`. */
export async function inspectInChild(model: OpenModel, sidecar: Sidecar): Promise<ModelInspection> {
  const { file, bytes } = model
  const answer = await runInChild(model, { kind: 'inspect', file, sidecar }, limitsOf(bytes))
  if ('inspection' in answer) return answer.inspection
  throw errorOf(answer.error)
}

async function runInChild<Job extends PrepareJob | InspectJob>(
  model: OpenModel,
  job: Job,
  { deadlineMs, memoryBytes }: LoadLimits,
): Promise<LoadAnswer<Job>> {
  const cwd = await fs.mkdtemp(path.join(os.tmpdir(), 'ringside-load-'))
  try {
    const child = startChild(cwd, model.fd)
    return (await answerOf(child, { ...job, memoryLimitBytes: memoryBytes }, deadlineMs)) as LoadAnswer<Job>
  } finally {
    await fs.rm(cwd, { recursive: true, force: true })
  }
}

function limitsOf(bytes: number): LoadLimits {
  return {
    deadlineMs: DEADLINE_MS + Math.ceil(bytes / 2 ** 20) * DEADLINE_MS_PER_MIB,
    memoryBytes: MEMORY_BYTES + MEMORY_FACTOR * bytes,
  }
}

function startChild(cwd: string, modelFd: number): ChildProcess {
  const script = fileURLToPath(compiledModule(import.meta.url, './child.js'))
  return spawn(process.execPath, [`--max-old-space-size=${HEAP_MIB}`, script], {
    cwd,
    env: {},
    // Position 4 is MODEL_FD.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', modelFd],
  })
}

/** Resolves when the child is gone, whatever it did. */
function answerOf(child: ChildProcess, job: LoadJob, deadlineMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let answer: unknown = null
    let late = false
    let stderr = ''
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, deadlineMs)
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-REASON_BYTES)
    })
    child.once('message', message => {
      answer = message
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      const ending = late ? `it took over ${deadlineMs / 1000} s` : endingOf(code, signal, stderr)
      if (answer) resolve(answer)
      else reject(modelInvalid(job.file, ending, 'a model that loads and runs'))
    })
    // A child that died before it could read its job says so by its end.
    child.send(job, () => undefined)
  })
}

function endingOf(code: number | null, signal: NodeJS.Signals | null, stderr: string): string {
  const last = stderr.trimEnd().split('\n').at(-1)
  const outOfHeap = stderr.includes('heap out of memory')
  const reason = outOfHeap ? `it needs over ${HEAP_MIB} MiB beside its weights` : last
  const ended = signal ? `signal ${signal}` : `code ${code}`
  return `the process that tried it ended with ${ended}${reason ? ` (${reason})` : ''}`
}
