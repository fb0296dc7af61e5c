import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasNvidiaDevice } from '../../infer/engine/nvidia-devices.js'

const programs = fileURLToPath(new URL('../../dist/test/bench/gpu/', import.meta.url))
const runner = fileURLToPath(new URL('../bench/gpu/run.sh', import.meta.url))
const gpuNote = hasNvidiaDevice() ? ' (skipped: this machine has a GPU)' : ''

function run(command: string, args: string[], cwd: string): Promise<{ code: number; output: string }> {
  return new Promise(resolve => {
    execFile(command, args, { cwd, env: { ...process.env, OUT: cwd } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr })
    })
  })
}

describe('programs for a GPU host', () => {
  let dir: string
  beforeAll(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-gpu-host-'))
  })
  afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

  it('run a suite written for vitest on Node alone, and see what fails in it', async () => {
    const suite = path.join(dir, 'suite.mjs')
    fs.writeFileSync(
      suite,
      `import { register } from 'node:module'
      import { after } from 'node:test'
      register(${JSON.stringify(pathToFileURL(path.join(programs, 'vitest-hooks.js')).href)})
      const { describe, it, expect, beforeAll, outcomes } = await import('vitest')
      let ready = false
      describe('all', () => {
        beforeAll(async () => { ready = true })
        it('passes', async () => { expect(ready).toBe(true); await expect(Promise.reject({ code: 1 })).rejects.toMatchObject({ code: 1 }) })
        it('fails', () => { expect([1, 2]).toEqual([1, 3]) })
        it('fails later', async () => { await expect(Promise.resolve(1)).rejects.toThrow() })
        it.skipIf(true)('is skipped', () => { throw new Error('ran') })
      })
      after(() => console.log('told ' + JSON.stringify(outcomes.map(o => [o.name, o.passed, o.skipped]))))`,
    )
    const { code, output } = await run(process.execPath, [suite], dir)
    expect(code).toBe(1)
    const told = JSON.parse(/told (.*)/.exec(output)?.[1] ?? '[]') as [string, boolean, boolean][]
    const verdicts = Object.fromEntries(told.map(([name, passed, skipped]) => [name, { passed, skipped }]))
    expect(verdicts).toEqual({
      passes: { passed: true, skipped: false },
      fails: { passed: false, skipped: false },
      'fails later': { passed: false, skipped: false },
      'is skipped': { passed: false, skipped: true },
    })
  })

  it.skipIf(hasNvidiaDevice())(`say that there is no GPU, and end with 3${gpuNote}`, async () => {
    const { code, output } = await run('bash', [runner, 'look', 'upload'], dir)
    expect(code).toBe(3)
    expect(output.match(/no GPU: /g)).toHaveLength(2)
  })
})
