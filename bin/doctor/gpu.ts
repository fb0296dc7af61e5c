/** The GPU: its driver, the engine’s libraries, the provider’s bytes, and its video decoder. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '../../config/schema.js'
import { describeFinding, type GpuFinding } from '../../infer/engine/native/gpu-finding.js'
import type { GpuLibraries } from '../../infer/engine/native/libraries.js'
import { compiledModule } from '../../shared/process/compiled.js'
import { damaged, readRecord } from '../gpu/record.js'
import type { GpuView } from '../gpu/view.js'
import { type Finding, fail, ok, warn } from './check.js'
import { checkNative } from './natives.js'

/** A driver that is ill may take as long. */
const TIMEOUT_MS = 30_000

/** Looked at in a process of its own, since a broken driver may end it, or never answer. */
export async function checkGpu(config: Config): Promise<Finding[]> {
  const view = await look()
  if (typeof view === 'string')
    return [
      blame(
        config,
        view,
        'Look at `nvidia-smi` and `dmesg | grep -i nvrm`; `ringside gpu show` tries again.',
      ),
    ]
  if (!view.hasGpu) return [noGpu(config)]
  return [await judgeEngine(config, view.libraries), await judgeDecoder(view)]
}

async function judgeEngine(config: Config, libraries: GpuLibraries): Promise<Finding> {
  if (!libraries.ready) return blame(config, ...listed(libraries.findings))
  const broken = await brokenFiles(path.dirname(libraries.onnxruntimePath))
  if (broken.length > 0)
    return blame(config, `changed since they were installed: ${broken.join(', ')}`, 'ringside gpu install')
  const { driver, cudaMajor, cudnn, providers, notes } = libraries
  const found = `driver ${driver.version ?? 'of no known version'}, CUDA ${cudaMajor}, cuDNN ${cudnn}, providers ${providers.join(', ')}`
  // TensorRT is an option; what the CUDA provider itself would like to have is worth a word.
  const wishes = notes.filter(({ file }) => file.includes('nvrtc'))
  if (wishes.length === 0) return ok('GPU', found)
  const [missing, remedy] = listed(wishes)
  return warn('GPU', `${found}; ${missing}`, remedy)
}

async function judgeDecoder({ decoder }: GpuView): Promise<Finding> {
  if (decoder) return warn('hardware decode', ...listed([decoder]))
  const library = await checkNative('node-av/lib', 'hardware decode')
  if (library.verdict === 'ok') return ok('hardware decode', 'node-av and NVDEC’s library load')
  return warn('hardware decode', library.found, 'Run `npm ci --include=optional` on this machine.')
}

/** A GPU that cannot be used is worth a warning; one that the settings insist on is a fault. */
function blame({ infer }: Config, found: string, remedy: string): Finding {
  const insisted = infer.engine === 'cuda'
  return insisted
    ? fail('GPU', found, remedy)
    : warn('GPU', `${found}; models run on the CPU meanwhile`, remedy)
}

function noGpu({ infer }: Config): Finding {
  if (infer.engine !== 'cuda') return ok('GPU', 'none: models run on the CPU')
  return fail('GPU', 'none on this machine, and infer.engine asks for cuda', 'Set infer.engine to auto.')
}

/** Several libraries often lack one package: its command is given once. */
function listed(findings: readonly GpuFinding[]): [found: string, remedy: string] {
  const remedies = new Set(findings.map(({ remedy }) => remedy))
  return [findings.map(describeFinding).join('; '), [...remedies].join(' ')]
}

/** Of a provider that `ringside gpu install` put there; nothing is known of another. */
async function brokenFiles(dir: string): Promise<string[]> {
  const record = await readRecord(dir)
  return record ? damaged(dir, record) : []
}

/** @returns why nothing could be seen, where nothing could. */
function look(): Promise<GpuView | string> {
  const program = fileURLToPath(compiledModule(import.meta.url, '../ringside.js'))
  const args = [program, 'gpu', 'show', '--json']
  return new Promise(resolve => {
    execFile(
      process.execPath,
      args,
      { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        if (!error) return resolve(JSON.parse(stdout) as GpuView)
        const why = error.killed ? `no answer within ${TIMEOUT_MS / 1000} s` : (error.signal ?? stderr.trim())
        resolve(`looking at the driver failed: ${why}`)
      },
    )
  })
}
