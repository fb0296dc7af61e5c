/** A process that ends at once: its last words are read, its code is 1, and nothing holds it up. */
import { spawn } from 'node:child_process'
import os from 'node:os'
import { describe, expect, it } from 'vitest'

const fault = new URL('../../../../dist/shared/process/fault.js', import.meta.url).href
const errors = new URL('../../../../dist/shared/errors.js', import.meta.url).href

/** A few lines that end at once: `end()` does it. */
function sourceOf(code: string): string {
  return `
    import { endAtOnce } from '${fault}'
    import { RingsideError } from '${errors}'
    const end = () => endAtOnce('infer', new RingsideError('gpu_lost', 'It is gone.', { remedy: 'Wait.' }))
    ${code}`
}

async function run(code: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', sourceOf(code)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', chunk => {
    output += chunk
  })
  return new Promise(resolve => child.once('close', exitCode => resolve({ code: exitCode, output })))
}

describe('endAtOnce', () => {
  it('has its last words written, and exits with 1', async () => {
    for (let time = 0; time < 5; time++) {
      const { code, output } = await run('end()')
      expect(code).toBe(1)
      expect(JSON.parse(output)).toMatchObject({
        level: 60,
        stage: 'infer',
        code: 'gpu_lost',
        msg: 'It is gone. Wait.',
      })
    }
  })

  it('runs no handler and waits for no thread', async () => {
    const stuck = `
      import { Worker } from 'node:worker_threads'
      process.on('exit', () => console.log('a handler ran'))
      const worker = new Worker('for (;;);', { eval: true })
      worker.once('online', end)`
    const { code, output } = await run(stuck)
    expect(code).toBe(1)
    expect(output).not.toContain('a handler ran')
  })

  it('is killed after a second where nobody reads what it says', async () => {
    // A pipe takes 64 KiB; what is written beyond them waits for the reader, which sleeps.
    const full = sourceOf("import fs from 'node:fs'; fs.writeSync(1, Buffer.alloc(65536)); end()")
    const pipeline = 'set -o pipefail; "$0" --input-type=module -e "$1" | sleep 2'
    const shell = spawn('bash', ['-c', pipeline, process.execPath, full], { stdio: 'inherit' })
    const code = await new Promise<number | null>(resolve => shell.once('exit', resolve))
    expect(code).toBe(128 + os.constants.signals.SIGALRM)
  })
})
