/** `ringside model rm`: out of the registry, unless a running Ringside uses it. */
import type { Command } from 'commander'
import { loadConfig } from '../../../config/load.js'
import { ModelStore } from '../../../infer/model/registry/store.js'
import { modelFiles, placesOf } from '../../../infer/model/resolve.js'
import type { ModelList } from '../../../shared/api/views.js'
import { RingsideError } from '../../../shared/errors.js'
import { splitModelName } from '../../../shared/model/model-name.js'
import { printJson, printLine } from '../../output/print.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'
import { modelAction } from './action.js'

type Options = ConnectOptions & { force?: boolean; json?: boolean }

export function addRm(model: Command): void {
  withJson(withConnection(model.command('rm').argument('<model...>', 'models of the registry')))
    .description('remove models from the registry')
    .option('--force', 'also those that streams use: they go on until infer starts again')
    .addHelpText('after', examples('ringside model rm yolox-tiny'))
    .action(modelAction(remove))
}

async function remove(names: string[], options: Options): Promise<void> {
  const config = loadConfig()
  const store = new ModelStore(config.dataDir)
  for (const name of names) {
    if (!(await store.find(name))) throw await notThere(name, placesOf(config))
    if (!options.force) await checkUnused(name, options)
    await store.remove(name)
    if (!options.json) printLine(`${name} is removed`)
  }
  if (options.json) printJson({ removed: names })
}

/** Where no Ringside runs, no stream uses it. @throws RingsideError `model_in_use` */
async function checkUnused(name: string, options: Options): Promise<void> {
  let models: ModelList['models']
  try {
    models = (await connect(options).rest.get<ModelList>('/models')).models
  } catch (error) {
    if (error instanceof RingsideError && error.code === 'not_running') return
    throw error
  }
  const streams = models.flatMap(model => (splitModelName(model.name)?.base === name ? model.streams : []))
  if (streams.length === 0) return
  throw new RingsideError('model_in_use', `Streams use ${name}: ${streams.join(', ')}.`, {
    key: 'model',
    value: name,
    remedy: 'Give them another model, or use --force: they go on until infer starts again.',
  })
}

async function notThere(name: string, places: ReturnType<typeof placesOf>): Promise<RingsideError> {
  const models = await modelFiles(places)
  const other = models.find(model => model.name === name)
  const where = other?.origin === 'folder' ? `it lies in ${places.modelsDir}` : 'it comes with Ringside'
  const known = models.filter(({ origin }) => origin === 'registry').map(model => model.name)
  return new RingsideError(
    'model_not_found',
    other ? `${name} is not in the registry: ${where}.` : `There is no model ${name} in the registry.`,
    { key: 'model', value: name, remedy: `The registry has: ${known.join(', ') || 'none'}.` },
  )
}
