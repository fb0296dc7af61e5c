/** A libnvidia-ml.so.1 of our own, compiled from `fake-nvml.c` where the host has a C compiler: what NVML says can be said by a test. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { koffi } from '../../shared/native/ffi.js'

const source = fileURLToPath(new URL('./fake-nvml.c', import.meta.url))
export const compiler = ['cc', 'gcc', 'clang'].find(runs) ?? null
/** For names of tests: what they lack, or nothing. */
export const withoutCompiler = compiler ? '' : ' (skipped: no C compiler: cc, gcc or clang)'

export class FakeNvml {
  readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-nvml-'))
  readonly file = path.join(this.dir, 'libnvidia-ml.so.1')
  readonly #answer: (call: string, status: number, ms: number) => void
  readonly #addProcesses: (count: number) => void
  readonly #reset: () => void
  readonly #layout: (field: string) => number
  readonly #initialized: () => number

  /** @param defines such as `OLD_DRIVER`: without the functions that newer drivers brought. */
  constructor(defines: readonly string[] = []) {
    const flags = ['-shared', '-fPIC', '-Wall', ...defines.map(define => `-D${define}`)]
    execFileSync(compiler ?? 'cc', [...flags, source, '-o', this.file])
    const library = koffi.load(this.file)
    this.#answer = library.func('void fake_nvml_answer(const char *call, int status, int ms)')
    this.#addProcesses = library.func('void fake_nvml_add_processes(int count)')
    this.#reset = library.func('void fake_nvml_reset()')
    this.#layout = library.func('size_t fake_nvml_layout(const char *field)')
    this.#initialized = library.func('int fake_nvml_initialized()')
  }

  /** From now on the call of that name ends with the status, after a while. */
  answer(call: string, status: number, ms = 0): void {
    this.#answer(call, status, ms)
  }

  /** More processes on the GPU than the two that are always there. */
  addProcesses(count: number): void {
    this.#addProcesses(count)
  }

  reset(): void {
    this.#reset()
  }

  /** Size or offset as the C compiler has it, by its name in `layout`. */
  layout(field: string): number {
    return Number(this.#layout(field))
  }

  /** `nvmlInit` calls that no `nvmlShutdown` answered yet. */
  get initialized(): number {
    return this.#initialized()
  }

  remove(): void {
    fs.rmSync(this.dir, { recursive: true, force: true })
  }
}

function runs(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false // not installed
  }
}
