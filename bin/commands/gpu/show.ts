/** `ringside gpu show`: what the CUDA engine and the hardware decoder find here, and what they miss. `doctor` runs it as a process of its own. */
import type { Command } from 'commander'
import { loadConfig } from '../../../config/load.js'
import { shownCuda } from '../../../infer/engine/native/driver.js'
import { describeFinding } from '../../../infer/engine/native/gpu-finding.js'
import { type GpuView, lookAtGpu } from '../../gpu/view.js'
import { printJson, printLine } from '../../output/print.js'
import { fields } from '../../output/table.js'
import { withJson } from '../connect.js'
import { examples } from '../help.js'

export function addGpuShow(gpu: Command): void {
  withJson(gpu.command('show'))
    .description('the driver, the provider and the libraries that the GPU engine finds, and what is missing')
    .addHelpText('after', examples('ringside gpu show', 'ringside gpu show --json | jq .libraries'))
    .action((options: { json?: boolean }) => {
      const view = lookAtGpu(loadConfig())
      if (options.json) printJson(view)
      else printLine(describe(view))
    })
}

function describe(view: GpuView): string {
  if (!view.hasGpu) return 'No NVIDIA GPU on this machine: models run on the CPU.'
  const { driver, libraries, decoder } = view
  const serves = driver.cudaVersion === null ? '' : `, for CUDA ${shownCuda(driver.cudaVersion)} and older`
  const rows: [string, string][] = [['driver', `${driver.version ?? 'of no known version'}${serves}`]]
  if (libraries.ready) {
    const { cudaMajor, providers, cudnn, onnxruntimePath, preload } = libraries
    rows.push(
      ['engine', `ready: CUDA ${cudaMajor}, providers ${providers.join(', ')}, cuDNN ${cudnn}`],
      ['runtime', onnxruntimePath],
      ['libraries', preload.join('\n')],
    )
  }
  const missing = [...(libraries.ready ? libraries.notes : libraries.findings), ...(decoder ? [decoder] : [])]
  for (const finding of missing) rows.push(['missing', `${describeFinding(finding)}\n${finding.remedy}`])
  return fields(rows)
}
