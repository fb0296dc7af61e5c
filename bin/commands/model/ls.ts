/** `ringside model ls`: the models that can be named, in which precisions, and what a Ringside that answers does with them. */
import type { Command } from 'commander'
import { loadConfig } from '../../../config/load.js'
import { modelRecords } from '../../../infer/model/registry/records.js'
import { placesOf } from '../../../infer/model/resolve.js'
import type { ModelList } from '../../../shared/api/views.js'
import { RingsideError } from '../../../shared/errors.js'
import { splitModelName } from '../../../shared/model/model-name.js'
import type { ModelRecord } from '../../../shared/model/model-record.js'
import { printJson, printLine } from '../../output/print.js'
import { mebibytes } from '../../output/quantity.js'
import { table } from '../../output/table.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

type Row = ModelRecord & {
  /** null: no Ringside answers, so nobody knows. */
  state: ModelList['models'][number]['state'] | null
}

export function addModelLs(model: Command): void {
  withJson(withConnection(model.command('ls')))
    .description('list the models that a stream or RINGSIDE_MODEL can name')
    .addHelpText(
      'after',
      examples(
        'ringside model ls',
        'RINGSIDE_MODELS_DIR=~/models ringside model ls',
        "ringside model ls --json | jq -r '.models[].name'",
      ),
    )
    .action(async (options: ConnectOptions & { json?: boolean }) => {
      const states = await statesOf(options)
      const models: Row[] = (await modelRecords(placesOf(loadConfig()))).map(record => ({
        ...record,
        state: states?.get(record.name) ?? null,
      }))
      if (options.json) printJson({ models })
      else printLine(modelTable(models))
    })
}

/** null where no Ringside runs: the list is useful without one. */
async function statesOf(options: ConnectOptions): Promise<Map<string, Row['state']> | null> {
  try {
    const { models } = await connect(options).rest.get<ModelList>('/models')
    return new Map(models.map(({ name, state }) => [name, state]))
  } catch (error) {
    if (error instanceof RingsideError && error.code === 'not_running') return null
    throw error
  }
}

/** One line a model: its precisions stand in a column. */
function modelTable(models: readonly Row[]): string {
  const plain = models.filter(({ precision }) => precision === 'fp32')
  const rows = plain.map(model => {
    const variants = models.filter(({ name }) => splitModelName(name)?.base === model.name)
    return [
      model.name,
      model.origin,
      model.family ?? '–',
      model.widthPx && model.heightPx ? `${model.widthPx}×${model.heightPx}` : '–',
      model.problem === null ? String(model.classes.length) : '–',
      model.bytes === null ? '–' : mebibytes(model.bytes),
      variants.map(({ precision }) => precision).join(' '),
      model.licence ?? '–',
      stateOf(model, variants),
    ]
  })
  const header = ['NAME', 'FROM', 'FAMILY', 'INPUT', 'CLASSES', 'SIZE', 'PRECISIONS', 'LICENCE', 'STATE']
  const problems = plain.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem}`]))
  const all = table(header, rows)
  return problems.length === 0 ? all : `${all}\n\nNot usable:\n  ${problems.join('\n  ')}`
}

function stateOf(model: Row, variants: readonly Row[]): string {
  if (model.problem !== null) return 'not usable'
  const hosted = variants.filter(({ state }) => state !== null && state !== 'available')
  if (hosted.length > 0) return hosted.map(({ precision, state }) => `${state} (${precision})`).join(', ')
  return 'usable'
}
