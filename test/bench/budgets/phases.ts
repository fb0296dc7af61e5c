/** Runs the phases of `profile-error`, each in a process of its own. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ModelProfile } from '../../../shared/budget/profile.js'
import { compiledModule } from '../../../shared/process/compiled.js'
import type { HereRequest } from './here.js'

export interface PhaseRequest {
  request: HereRequest
  phase: 'profile' | 'load'
  models: readonly string[]
}

/** What one model took, as a process that loaded it as the service does saw it. */
export interface Loaded {
  model: string
  /** Device memory on a GPU; anonymous memory of the process on a CPU. */
  bytes: number
  buckets: number[]
  contextBytes: number | null
  processBytes: number | null
}

export function profileApart(request: HereRequest, model: string): ModelProfile {
  return inProcess({ request, phase: 'profile', models: [model] }) as ModelProfile
}

/** @returns one entry a model, in their order. */
export function loadApart(request: HereRequest, models: readonly string[]): Loaded[] {
  return inProcess({ request, phase: 'load', models }) as Loaded[]
}

/** @throws Error where it does not end well. */
function inProcess(asked: PhaseRequest): unknown {
  const program = fileURLToPath(compiledModule(import.meta.url, './phase.js'))
  const { status, signal, stdout } = spawnSync(
    process.execPath,
    ['--expose-gc', program, JSON.stringify(asked)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 2 ** 26,
    },
  )
  if (status !== 0)
    throw new Error(`${asked.phase} of ${asked.models.join(', ')} ended with ${signal ?? status}`)
  return JSON.parse(stdout.toString())
}
