/** `ringside stream set`: changes a stream while it runs. */
import { type Command, Option } from 'commander'
import type { StreamView } from '../../../shared/api/views.js'
import { type DecoderWish, decoderWishes } from '../../../shared/stream/decoder.js'
import { printJson, printLine, printNote } from '../../output/print.js'
import { describeStream } from '../../output/stream.js'
import { type ConnectOptions, connect, numberBetween, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

interface Options extends ConnectOptions {
  fps?: number | null
  priority?: number
  model?: string | null
  decoder?: DecoderWish
  fallbackModel?: string | null
  ringSlots?: number
  json?: boolean
}

export function addSet(stream: Command): void {
  withJson(withConnection(stream.command('set').argument('<id>')))
    .description('change a stream while it runs; refused where its device cannot carry it')
    .option('--fps <rate>', 'frame rate cap; none takes every frame', orNone(numberBetween(0.1, 240)))
    .option('--priority <1-9>', '1 is degraded first under load, 9 last', numberBetween(1, 9))
    .option('--model <name>', 'a served model; none takes the default one', orNone(String))
    .option('--fallback-model <name>', 'a smaller model for when its device is full; none', orNone(String))
    .option('--ring-slots <n>', 'slots in its ring', numberBetween(2, 64))
    .addOption(new Option('--decoder <name>', 'what decodes it').choices(decoderWishes))
    .addHelpText(
      'after',
      examples('ringside stream set gate --fps 12', 'ringside stream set yard --fallback-model none'),
    )
    .action(async (id: string, { url: _, token: __, json, ...change }: Options, command: Command) => {
      const { rest } = connect(command.opts<Options>())
      const view = await rest.send<StreamView>('PATCH', `/streams/${encodeURIComponent(id)}`, change)
      if (view.admission?.note) printNote(`${id}: ${view.admission.note}`)
      if (json) printJson(view)
      else printLine(describeStream(view))
    })
}

/** For commander: `none` is null. */
export function orNone<T>(parse: (text: string) => T): (text: string) => T | null {
  return text => (text === 'none' ? null : parse(text))
}
