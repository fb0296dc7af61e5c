/** `ringside gpu install`: the CUDA provider of ONNX Runtime, in place and verified; then what else is missing. */
import path from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { loadConfig } from '../../../config/load.js'
import type { Config } from '../../../config/schema.js'
import { describeFinding } from '../../../infer/engine/native/gpu-finding.js'
import { findGpuLibraries, type GpuLibraries, gpuPlacesOf } from '../../../infer/engine/native/libraries.js'
import { ExitCode } from '../../exit-codes.js'
import type { CudaMajor } from '../../gpu/catalogue.js'
import { editions } from '../../gpu/catalogue.js'
import { type Installed, installProvider } from '../../gpu/install.js'
import { printJson, printLine, printNote } from '../../output/print.js'
import { createProgress } from '../../output/progress.js'
import { mebibytes } from '../../output/quantity.js'
import { withJson } from '../connect.js'
import { examples } from '../help.js'
import { endingSignal, modelAction } from '../model/action.js'

interface Options {
  cuda: '12' | '13' | 'auto'
  from?: string
  dir?: string
  sha256?: string
  json?: boolean
}

export function addGpuInstall(gpu: Command): void {
  withJson(gpu.command('install'))
    .description('put ONNX Runtime’s CUDA provider in place; a second run verifies it')
    .addOption(
      new Option(
        '--cuda <major>',
        'CUDA that it is for; auto: what the driver serves, or what is given is for',
      )
        .choices(['12', '13', 'auto'])
        .default('auto'),
    )
    .option('--from <path>', 'an archive (.tgz) or a folder with the libraries, instead of a download')
    .option('--dir <path>', 'where to put it (default: below the data folder; else set infer.gpuProviderDir)')
    .option(
      '--sha256 <hex>',
      'digest of the archive that --from names, where it is none that is known',
      sha256,
    )
    .addHelpText(
      'after',
      `${examples(
        'ringside gpu install',
        'ringside gpu install --cuda 13 --from ./carried.tgz  # no network',
      )}\n\nKnown by their digests:\n${editions.map(({ title }) => `  ${title}`).join('\n')}`,
    )
    .action(modelAction(install))
}

async function install(options: Options): Promise<void> {
  const config = loadConfig()
  const progress = createProgress(options.json ?? false)
  const signal = endingSignal()
  try {
    const installed = await installProvider({
      dataDir: config.dataDir,
      dir: options.dir === undefined ? config.infer.gpuProviderDir || null : path.resolve(options.dir),
      cudaMajor: options.cuda === 'auto' ? null : (Number(options.cuda) as CudaMajor),
      from: options.from === undefined ? null : path.resolve(options.from),
      sha256: options.sha256 ?? null,
      onProgress: (step, done, total) => progress.report({ step, done, total, unit: 'bytes' }),
      signal,
    })
    progress.end()
    tell(installed, remaining(config, installed), options.json ?? false)
  } catch (error) {
    progress.end()
    if (!signal.aborted) throw error
    printNote('ringside: stopped; nothing was installed. The same command starts again, or goes on.')
    process.exitCode = ExitCode.FAILURE
  }
}

/** What else the GPU needs, as the engine will see it with this provider. */
function remaining(config: Config, { dir }: Installed): GpuLibraries {
  return findGpuLibraries({ ...gpuPlacesOf(config), providerDir: dir })
}

function tell({ dir, record, outcome }: Installed, libraries: GpuLibraries, json: boolean): void {
  if (json) {
    const { ready } = libraries
    const findings = libraries.ready ? libraries.notes : libraries.findings
    printJson({ dir, outcome, ...record, ready, findings })
    return
  }
  const bytes = Object.values(record.files).reduce((sum, file) => sum + file.bytes, 0)
  printLine(
    `CUDA ${record.cudaMajor} provider of ONNX Runtime ${record.version} (${record.edition}): ${outcome}, ${mebibytes(bytes)}, every digest verified\n${dir}`,
  )
  if (libraries.ready) {
    printNote(`The GPU is ready: driver ${libraries.driver.version ?? ''}, cuDNN ${libraries.cudnn}.`)
    return
  }
  printNote('Still missing on this machine:')
  for (const finding of libraries.findings) printNote(`  ${describeFinding(finding)}\n    ${finding.remedy}`)
}

function sha256(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  throw new InvalidArgumentError('Give the 64 hex digits of a SHA-256.')
}
