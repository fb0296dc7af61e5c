/** `ringside stream set`: changes a stream while it runs. */
import { type Command, Option } from 'commander'
import type { StreamView } from '../../../shared/api/views.js'
import { RingsideError } from '../../../shared/errors.js'
import { decoderWishes } from '../../../shared/stream/decoder.js'
import { printJson, printLine, printNote } from '../../output/print.js'
import { describeStream } from '../../output/stream.js'
import {
  type ConnectOptions,
  connect,
  numberBetween,
  wholeBetween,
  withConnection,
  withJson,
} from '../connect.js'
import { examples } from '../help.js'
import { orWord, withNulls } from '../unset.js'

type Options = ConnectOptions & { json?: boolean } & Record<string, unknown>

const orNone = <T>(parse: (text: string) => T) => orWord('none', parse)

export function addSet(stream: Command): void {
  withJson(withConnection(stream.command('set').argument('<id>')))
    .description('change a stream while it runs; refused where its device cannot carry it')
    .option('--fps <rate>', 'frame rate cap; none takes every frame', orNone(numberBetween(0.1, 240)))
    .option('--priority <1-9>', '1 is degraded first under load, 9 last', wholeBetween(1, 9))
    .option('--model <name>', 'a served model; none takes the default one', orNone(String))
    .option(
      '--fallback-model <name>',
      'a smaller model for when its device is full; none for no such',
      orNone(String),
    )
    .option('--ring-slots <n>', 'slots in its ring', wholeBetween(2, 64))
    .addOption(new Option('--decoder <name>', 'what decodes it').choices(decoderWishes))
    .addHelpText(
      'after',
      examples('ringside stream set gate --fps 12', 'ringside stream set yard --fallback-model none'),
    )
    .action(set)
}

async function set(id: string, options: Options): Promise<void> {
  const { url: _, token: __, json, ...change } = options
  if (Object.keys(change).length === 0)
    throw new RingsideError('invalid_request', `Nothing of ${id} is asked to be changed.`, {
      key: 'options',
      remedy: 'Name what shall change: `ringside stream set gate --fps 12`; --help lists the rest.',
    })
  const { rest } = connect(options)
  const view = await rest.send<StreamView>('PATCH', `/streams/${encodeURIComponent(id)}`, withNulls(change))
  if (view.admission?.note) printNote(`${id}: ${view.admission.note}`)
  if (json) printJson(view)
  else printLine(describeStream(view))
}
