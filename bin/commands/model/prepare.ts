/** `ringside model prepare`: makes what the engine runs, and shows what each pass did. infer does the same by itself when a stream first names the model. */
import fs from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { loadConfig } from '../../../config/load.js'
import { prepareModel } from '../../../infer/model/prepare.js'
import type { PreparedModel } from '../../../infer/model/prepared-model.js'
import { placesOf, resolveModel } from '../../../infer/model/resolve.js'
import { monotonicMs } from '../../../shared/clock.js'
import { printJson, printLine } from '../../output/print.js'
import { mebibytes } from '../../output/quantity.js'
import { fields, table } from '../../output/table.js'
import { withJson } from '../connect.js'
import { examples } from '../help.js'
import { modelAction } from './action.js'

interface Prepared extends PreparedModel {
  sourceBytes: number
  preparedBytes: number
  /** Of the whole command: reading it from the cache, where it was there. */
  seconds: number
  cached: boolean
}

export function addPrepare(model: Command): void {
  withJson(
    model.command('prepare').argument('<model>', 'a name or a path, with @fp16 or @int8 where that is meant'),
  )
    .description('rewrite a model for the engine, into the cache, and show what each pass did')
    .addHelpText(
      'after',
      examples('ringside model prepare yolox-nano', 'ringside model prepare yolox-nano@fp16'),
    )
    .action(modelAction(prepare))
}

async function prepare(wanted: string, options: { json?: boolean }): Promise<void> {
  const config = loadConfig()
  const found = await resolveModel(wanted, placesOf(config))
  const startedMs = monotonicMs()
  const startedAt = Date.now()
  const model = await prepareModel({ ...found, cacheDir: path.join(config.dataDir, 'prepared') })
  const [source, prepared] = await Promise.all([fs.stat(found.file), fs.stat(model.file)])
  const result: Prepared = {
    ...model,
    sourceBytes: source.size,
    preparedBytes: prepared.size,
    seconds: Math.round(monotonicMs() - startedMs) / 1000,
    cached: prepared.mtimeMs < startedAt,
  }
  if (options.json) printJson(result)
  else printLine(describe(result))
}

function describe(model: Prepared): string {
  const facts = fields([
    [
      'model',
      `${model.name}, ${model.family}, ${model.widthPx}×${model.heightPx}, ${model.classes.length} classes`,
    ],
    ['precision', model.precision],
    ['batch', model.batch === 'dynamic' ? 'any' : 'one frame a run'],
    ['bytes', `${mebibytes(model.sourceBytes)} → ${mebibytes(model.preparedBytes)}`],
    ['file', model.file],
    ['took', model.cached ? `${model.seconds} s: it was prepared already` : `${model.seconds} s`],
  ])
  const rows = model.passes.map(
    ({ pass, nodesBefore, nodesAfter, parametersBefore, parametersAfter, ms }) => [
      pass,
      `${nodesBefore} → ${nodesAfter}`,
      `${parametersBefore} → ${parametersAfter}`,
      `${ms} ms`,
    ],
  )
  return `${facts}\n\n${table(['PASS', 'OPERATORS', 'PARAMETERS', 'TIME'], rows)}`
}
