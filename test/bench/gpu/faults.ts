/**
 * `node dist/test/bench/gpu/faults.js [engine] [service]`: the GPU is poisoned under a process at work; both by default.
 *
 *   engine    the engine alone, in a child: no result afterwards, every run refused as lost, and the process ends
 *   service   a whole Ringside, where redis-server and ffmpeg are on PATH: infer ends within a second, and comes back
 */
import { spawn } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { struckService } from './fault-service.js'
import { openGpu } from './gpu-host.js'
import { type Check, check, end, judged, writeJson } from './outcome.js'
import { yolov8Files } from './yolov8-files.js'

const END_WITHIN_MS = 1000
const CHILD_TIMEOUT_MS = 120_000
const folder = path.join(os.tmpdir(), 'ringside-yolov8')
const wanted = process.argv.slice(2)

// Only looked for here: a GPU that a child loses is not lost to us.
await openGpu().close()
await end(async () => {
  const checks: Check[] = []
  if (wanted.length === 0 || wanted.includes('engine')) checks.push(...(await poisonedEngine()))
  if (wanted.length === 0 || wanted.includes('service')) checks.push(...(await struckService()))
  writeJson('faults', checks)
  return judged(checks)
})

interface Told {
  poisonedMs: number
  failedMs: number
  resultsAfterPoison: number
  resultsAfterFailure: number
  wrongFrames: number
  error: string
  isLost: boolean
  again: string
  load: string
}

async function poisonedEngine(): Promise<Check[]> {
  await yolov8Files(folder, 'n')
  const { told, toldAt, endedAt, ending, errors } = await runChild()
  if (!told)
    return [check('the child tells what it saw', false, `it ended with ${ending}: ${errors.slice(-2000)}`)]
  const noticedMs = told.failedMs - told.poisonedMs
  const endedMs = endedAt - toldAt
  return [
    check('runs fail as gpu_lost', told.isLost, told.error),
    check(
      'within a second of the fault',
      noticedMs > 0 && noticedMs < END_WITHIN_MS,
      `${noticedMs.toFixed(0)} ms`,
    ),
    check(
      'no result after the first failure',
      told.resultsAfterFailure === 0,
      String(told.resultsAfterFailure),
    ),
    check(
      'results until then are right',
      told.wrongFrames === 0,
      `${told.wrongFrames} wrong, ${told.resultsAfterPoison} after the fault`,
    ),
    check('a later run is refused', told.again.startsWith('gpu_lost'), told.again),
    check('a later load is refused', told.load.startsWith('gpu_lost'), told.load),
    check('the process ends within a second', endedMs < END_WITHIN_MS, `${endedMs.toFixed(0)} ms`),
    check('and not as if all were well', ending !== '0', `exit code or signal ${ending}`),
  ]
}

function runChild() {
  const program = fileURLToPath(new URL('./fault-child.js', import.meta.url))
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'pipe'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), CHILD_TIMEOUT_MS)
  let output = ''
  let errors = ''
  let toldAt = Number.NaN
  child.stdout.on('data', chunk => {
    output += chunk
    if (Number.isNaN(toldAt)) toldAt = performance.now()
  })
  child.stderr.on('data', chunk => {
    errors += chunk
  })
  return new Promise<{ told: Told | null; toldAt: number; endedAt: number; ending: string; errors: string }>(
    resolve => {
      child.once('exit', (code, signal) => {
        clearTimeout(timer)
        const endedAt = performance.now()
        const line = output.split('\n').find(each => each.startsWith('{"poisonedMs"'))
        resolve({
          told: line ? (JSON.parse(line) as Told) : null,
          toldAt,
          endedAt,
          ending: String(code ?? signal),
          errors,
        })
      })
    },
  )
}
