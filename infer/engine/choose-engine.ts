/** Which engine runs the models of this process, and why: from the settings and what is found of a GPU. Pure, but for what is looked at when it matters. */
import { RingsideError } from '../../shared/errors.js'
import { describeFinding, type GpuFinding } from './native/gpu-finding.js'
import type { GpuLibraries } from './native/libraries.js'

/** The settings `infer.engine` and `infer.gpu`. */
export interface EngineAsked {
  engine: 'auto' | 'onnxruntime' | 'cuda'
  gpu: number
}

export type ReadyLibraries = Extract<GpuLibraries, { ready: true }>

interface Chosen {
  /** Stable name of the device: part of slab ids, reports and the role in Redis. */
  deviceId: string
  /** A sentence for people: never chosen in silence. */
  reason: string
}

export type EngineChoice =
  | (Chosen & {
      engine: 'onnxruntime'
      /** What keeps the GPU from being used, where it was looked for. */
      findings: readonly GpuFinding[]
    })
  | (Chosen & { engine: 'cuda'; gpu: number; libraries: ReadyLibraries })

/**
 * @param find looks for the driver and the libraries: called where the settings leave it open, or ask for CUDA.
 * @throws RingsideError `gpu_unavailable` where CUDA is asked for and cannot be had, with each finding and what mends it.
 */
export function chooseEngine({ engine, gpu }: EngineAsked, find: () => GpuLibraries): EngineChoice {
  if (engine === 'onnxruntime') return onCpu('infer.engine asks for onnxruntime', [])
  const found = find()
  const findings = found.ready ? missingGpu(gpu, found.driver.devices) : found.findings
  if (found.ready && findings.length === 0) {
    const { cudaMajor, driver, providers } = found
    const reason = `GPU ${gpu} is there, with driver ${driver.version ?? 'of no known version'}, CUDA ${cudaMajor} and the providers ${providers.join(', ')}`
    return { engine: 'cuda', deviceId: `cuda-${gpu}`, gpu, libraries: found, reason }
  }
  if (engine === 'cuda') throw notReady(findings)
  return onCpu(`CUDA cannot be used: ${findings.map(describeFinding).join('; ')}`, findings)
}

function onCpu(reason: string, findings: readonly GpuFinding[]): EngineChoice {
  return { engine: 'onnxruntime', deviceId: 'cpu-0', reason, findings }
}

function missingGpu(gpu: number, devices: number): GpuFinding[] {
  if (gpu < devices) return []
  const file = `GPU ${gpu}`
  const found = devices === 1 ? 'there is one GPU, of number 0' : `there are ${devices} GPUs, from number 0`
  return [
    { file, found, wanted: 'the one that infer.gpu names', remedy: `Set infer.gpu to less than ${devices}.` },
  ]
}

function notReady(findings: readonly GpuFinding[]): RingsideError {
  const remedies = [...new Set(findings.map(({ remedy }) => remedy))]
  return new RingsideError(
    'gpu_unavailable',
    `infer.engine asks for CUDA, which cannot be used: ${findings.map(describeFinding).join('; ')}.`,
    { key: 'infer.engine', value: 'cuda', remedy: remedies.join(' ') },
  )
}
