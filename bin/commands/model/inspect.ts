/** `ringside model inspect`: what a file shows of itself, and what speaks for and against each family. */
import type { Command } from 'commander'
import { loadConfig } from '../../../config/load.js'
import type { InspectedTensor, ModelInspection } from '../../../infer/model/loader/inspection.js'
import { digestOf } from '../../../infer/model/registry/digest.js'
import { inspectFile } from '../../../infer/model/registry/inspect-file.js'
import { placesOf, resolveModel } from '../../../infer/model/resolve.js'
import { printJson, printLine } from '../../output/print.js'
import { fields } from '../../output/table.js'
import { withJson } from '../connect.js'
import { examples } from '../help.js'
import { modelAction } from './action.js'

const SHOWN_OPERATORS = 12

export function addInspect(model: Command): void {
  withJson(model.command('inspect').argument('<model>', 'a name, or a path of an .onnx file'))
    .description('show what a model file says of itself; runs nothing of it')
    .addHelpText(
      'after',
      examples('ringside model inspect ./best.onnx', 'ringside model inspect yolox-nano --json'),
    )
    .action(modelAction(inspect))
}

async function inspect(wanted: string, options: { json?: boolean }): Promise<void> {
  const { name, file } = await resolveModel(wanted, placesOf(loadConfig()))
  const inspection = await inspectFile(file)
  const sha256 = await digestOf(file)
  if (options.json) printJson({ name, file, sha256, ...inspection })
  else printLine(describe(name, file, sha256, inspection))
}

function describe(name: string, file: string, sha256: string, found: ModelInspection): string {
  const operators = Object.entries(found.operators)
  const more = operators.length - SHOWN_OPERATORS
  const facts = fields([
    ['model', name],
    ['file', file],
    ['sha256', sha256],
    ['producer', found.producer || '–'],
    [
      'format',
      `IR ${found.irVersion}, ${Object.entries(found.opsets)
        .map(([domain, opset]) => `${domain} opset ${opset}`)
        .join(', ')}`,
    ],
    ['inputs', found.inputs.map(tensorText).join('\n')],
    ['outputs', found.outputs.map(tensorText).join('\n')],
    ['weights', `${found.parameters.toLocaleString('en')} parameters`],
    [
      'operators',
      `${found.nodes}: ${operators
        .slice(0, SHOWN_OPERATORS)
        .map(([type, count]) => `${type} ${count}`)
        .join(', ')}${more > 0 ? `, and ${more} more` : ''}`,
    ],
    [
      'metadata',
      Object.entries(found.metadata)
        .map(([key, value]) => `${key}: ${value}`)
        .join('\n') || '–',
    ],
    ['verdict', verdictText(found)],
  ])
  const families = Object.entries(found.families).map(
    ([family, against]) => [family, against === null ? 'fits' : against] as const,
  )
  return families.length > 0 ? `${facts}\n\nFamilies:\n${fields(families, '  ')}` : facts
}

function verdictText({ spec, problem, remedy }: ModelInspection): string {
  if (!spec) return [`not usable: ${problem}`, remedy].filter(Boolean).join('\n')
  const { family, widthPx, heightPx, classCount, batch, nms } = spec
  const batches = batch === 'dynamic' ? 'any batch' : 'one frame a run'
  return `${family}, ${widthPx}×${heightPx}, ${classCount} classes, ${batches}, ${nms ? 'with' : 'without'} NMS`
}

function tensorText({ name, type, dims }: InspectedTensor): string {
  return `${name} ${type} [${dims.map(dim => dim ?? '?').join(', ')}]`
}
