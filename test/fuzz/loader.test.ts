/**
 * Bad input: mutants of small valid models, read by the loader's own code in processes of their own. No mutant may take over a second,
 * kill the process, or be refused without a reason. Those that pass every check are given to the runtime, which may die of them.
 *
 * RINGSIDE_FUZZ_CASES and RINGSIDE_FUZZ_TRIALS say how many; RINGSIDE_FUZZ_SEED repeats a run.
 */
import { type ChildProcess, fork } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareModel } from '../../infer/model/prepare.js'
import { compiledModule } from '../../shared/process/compiled.js'

const CASES = Number(process.env.RINGSIDE_FUZZ_CASES ?? 100_000)
const TRIALS = Number(process.env.RINGSIDE_FUZZ_TRIALS ?? 300)
const SEED = Number(process.env.RINGSIDE_FUZZ_SEED ?? Date.now() % 2 ** 31)
const SHARES = 4
/** No report of 250 cases for so long: one of them hangs. */
const SILENCE_MS = 60_000
const TRIAL_MS = 30_000

let folder: string
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-fuzz-'))
})
afterAll(() => fs.rmSync(folder, { recursive: true }))

interface Report {
  done: number
  outcomes: Record<string, number>
  slowestMs: number
}

interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
  stderr: string
}

function start(module: string, args: readonly (string | number)[]): ChildProcess {
  const script = fileURLToPath(compiledModule(import.meta.url, `../tools/fuzz/${module}.js`))
  return fork(script, args.map(String), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
}

/** Killed after a silence. */
function ended(child: ChildProcess, silenceMs: number, hear: (message: never) => void): Promise<Ending> {
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-20_000)
  })
  return new Promise(resolve => {
    const silence = () => setTimeout(() => child.kill('SIGKILL'), silenceMs)
    let timer = silence()
    child.on('message', message => {
      clearTimeout(timer)
      timer = silence()
      hear(message as never)
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, stderr })
    })
  })
}

describe(`${CASES} mutants of small models, seed ${SEED}`, () => {
  const total: Record<string, number> = {}

  it.each(Array.from({ length: SHARES }, (_, i) => SEED + i))(
    'are refused with a reason or rewritten, each within a second: share %d',
    async seed => {
      const cases = Math.ceil(CASES / SHARES)
      const child = start('loader-run', [seed, cases, folder, Math.ceil(TRIALS / SHARES)])
      let last: Report = { done: 0, outcomes: {}, slowestMs: 0 }
      const ending = await ended(child, SILENCE_MS, (report: Report) => {
        last = report
      })
      expect(ending, `ended after case ${last.done}`).toEqual({ code: 0, signal: null, stderr: '' })
      expect(last.done).toBeGreaterThanOrEqual(cases)
      expect(last.slowestMs).toBeLessThan(1000)
      for (const [outcome, count] of Object.entries(last.outcomes))
        total[outcome] = (total[outcome] ?? 0) + count
    },
    600_000,
  )

  it('reach every part of the loader', () => {
    const rewritten = Object.entries(total).filter(([outcome]) => outcome.startsWith('rewritten'))
    expect(rewritten.length).toBeGreaterThan(8)
    expect(total).toMatchObject({
      model_invalid: expect.any(Number),
      model_family_unknown: expect.any(Number),
    })
    console.log(`fuzz, seed ${SEED}: ${JSON.stringify(total)}`)
  })
})

describe(`up to ${TRIALS} mutants that pass every check`, () => {
  it('run, are refused, or kill the process that tries them with a reason', async () => {
    const count = fs.readdirSync(folder).length
    expect(count).toBeGreaterThan(TRIALS / 2)
    const outcomes: Record<string, number> = {}
    let next = 0
    while (next < count) {
      const child = start('trial-run', [folder, next])
      const ending = await ended(
        child,
        TRIAL_MS,
        ({ index, outcome }: { index: number; outcome?: string }) => {
          if (outcome === undefined) next = index + 1
          else outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
        },
      )
      if (ending.code === 0) break
      // A thrown error would be ours; a signal is the runtime's, or the watchdog's.
      expect(ending.signal, ending.stderr).not.toBeNull()
      const reason = `died of ${ending.signal}: ${ending.stderr.trim().split('\n').at(-1)}`
      outcomes[reason] = (outcomes[reason] ?? 0) + 1
    }
    expect(next).toBe(count)
    console.log(`trials of ${count}: ${JSON.stringify(outcomes)}`)
  }, 1_200_000)

  it('leave a service that prepares them alone', async () => {
    const cacheDir = path.join(folder, 'cache')
    for (const name of fs
      .readdirSync(folder)
      .filter(file => file.endsWith('.onnx'))
      .slice(0, 5)) {
      const request = { name, file: path.join(folder, name), precision: 'fp32', cacheDir } as const
      const outcome = await prepareModel(request).catch((error: unknown) => error)
      const isModel = typeof outcome === 'object' && outcome !== null && 'maxCandidates' in outcome
      if (!isModel) expect(outcome).toMatchObject({ code: 'model_invalid', key: 'model.name' })
    }
  })
})
