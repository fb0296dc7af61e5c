/** `ringside model ls`: the models that can be named, with the served one marked where a Ringside answers. */
import type { Command } from 'commander'
import { loadConfig } from '../../../config/load.js'
import { type ListedModel, listModels } from '../../../infer/model/list.js'
import type { ModelList } from '../../../shared/api/views.js'
import { RingsideError } from '../../../shared/errors.js'
import { printJson, printLine } from '../../output/print.js'
import { mebibytes } from '../../output/quantity.js'
import { table } from '../../output/table.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

type Row = ListedModel & {
  /** null: no Ringside answers, so nobody knows. */
  served: boolean | null
}

export function addModelLs(model: Command): void {
  withJson(withConnection(model.command('ls')))
    .description('list the models that RINGSIDE_MODEL can name (* marks the one that is served now)')
    .addHelpText('after', examples('RINGSIDE_MODELS_DIR=~/models ringside model ls'))
    .action(async (options: ConnectOptions & { json?: boolean }) => {
      const served = await servedModels(options)
      const models: Row[] = (await listModels(loadConfig().model.modelsDir)).map(listed => ({
        ...listed,
        served: served ? served.includes(listed.name) : null,
      }))
      if (options.json) printJson({ models })
      else printLine(modelTable(models))
    })
}

/** null where no Ringside runs: the list is useful without one. */
async function servedModels(options: ConnectOptions): Promise<string[] | null> {
  try {
    return (await connect(options).rest.get<ModelList>('/models')).models.map(model => model.name)
  } catch (error) {
    if (error instanceof RingsideError && error.code === 'not_running') return null
    throw error
  }
}

function modelTable(models: readonly Row[]): string {
  const rows = models.map(model => [
    model.served ? '*' : '',
    model.name,
    model.family ?? '–',
    model.widthPx && model.heightPx ? `${model.widthPx}×${model.heightPx}` : '–',
    model.classCount === null ? '–' : String(model.classCount),
    model.bytes === null ? '–' : mebibytes(model.bytes),
    model.problem === null ? 'yes' : 'no',
  ])
  const all = table(['', 'NAME', 'FAMILY', 'INPUT', 'CLASSES', 'SIZE', 'USABLE'], rows)
  const problems = models.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem}`]))
  return problems.length === 0 ? all : `${all}\n\nNot usable:\n  ${problems.join('\n  ')}`
}
