/** `ringside stream add` */
import { type Command, Option } from 'commander'
import type { StreamView } from '../../../shared/api/views.js'
import { RingsideError } from '../../../shared/errors.js'
import { rememberSecretsOf } from '../../../shared/secrets/redact.js'
import { type DecoderWish, decoderWishes } from '../../../shared/stream/decoder.js'
import { settle } from '../../client/settle.js'
import { ExitCode } from '../../exit-codes.js'
import { printJson, printLine, printNote } from '../../output/print.js'
import { describeState, describeStream } from '../../output/stream.js'
import {
  type ConnectOptions,
  connect,
  numberBetween,
  wholeBetween,
  withConnection,
  withJson,
} from '../connect.js'
import { examples } from '../help.js'

interface Options extends ConnectOptions {
  fps?: number
  priority?: number
  model?: string
  decoder?: DecoderWish
  fallbackModel?: string
  ringSlots?: number
  disabled?: boolean
  urlStdin?: boolean
  wait?: boolean
  timeout: number
  json?: boolean
}

export function addAdd(stream: Command): void {
  withJson(
    withConnection(
      stream.command('add').argument('<id>', 'a–z, 0–9, _ and -').argument('[source]', 'rtsp://…'),
    ),
  )
    .description('register a camera')
    .option('--fps <rate>', 'frame rate cap', numberBetween(0.1, 240))
    .option('--priority <1-9>', '1 is degraded first under load, 9 last', wholeBetween(1, 9))
    .option('--model <name>', 'a served model')
    .addOption(
      new Option('--decoder <name>', 'what decodes it; each falls back to those after it').choices(
        decoderWishes,
      ),
    )
    .option('--fallback-model <name>', 'a smaller model that it may run with while its device is full')
    .option('--ring-slots <n>', 'slots in its ring', wholeBetween(2, 64))
    .option('--disabled', 'register it paused')
    .option(
      '--url-stdin',
      'read the source URL from standard input: keeps its password out of the shell history',
    )
    .option('--wait', 'wait until it is live (exit 0) or has failed (exit 1)')
    .option('--timeout <seconds>', 'how long --wait waits', numberBetween(1, 3600), 30)
    .addHelpText(
      'after',
      examples(
        'ringside stream add gate rtsp://192.0.2.7/live --fps 10 --wait',
        'ringside stream add yard --url-stdin < yard.url',
      ),
    )
    .action(add)
}

async function add(id: string, source: string | undefined, options: Options): Promise<void> {
  const url = await sourceUrl(source, options.urlStdin ?? false)
  rememberSecretsOf(url)
  const { rest } = connect(options)
  const { fps, priority, model, decoder, fallbackModel, ringSlots } = options
  const fields = { fps, priority, model, decoder, fallbackModel, ringSlots }
  const body = { id, url, ...fields, ...(options.disabled && { enabled: false }) }
  let view = await rest.send<StreamView>('POST', '/streams', body)
  if (view.admission?.note) printNote(`${id}: ${view.admission.note}`)
  if (options.wait && view.enabled) {
    printNote(`${id} is registered; waiting for its first frames`)
    view = await settle(rest, id, options.timeout * 1000)
    if (view.state !== 'live') process.exitCode = ExitCode.FAILURE
  }
  if (options.json) printJson(view)
  else printLine(options.wait ? `${id}: ${describeState(view)}` : describeStream(view))
}

async function sourceUrl(source: string | undefined, fromStdin: boolean): Promise<string> {
  if (source !== undefined && !fromStdin) return source
  if (source === undefined && fromStdin) return (await readAll(process.stdin)).trim()
  throw new RingsideError(
    'invalid_request',
    'The camera’s URL is given once: as an argument, or with --url-stdin.',
    {
      key: 'source',
      remedy: 'ringside stream add gate rtsp://192.0.2.7/live',
    },
  )
}

async function readAll(input: NodeJS.ReadStream): Promise<string> {
  let text = ''
  for await (const chunk of input) text += chunk
  return text
}
