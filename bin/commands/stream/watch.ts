/** `ringside stream watch` */
import type { Command } from 'commander'
import type { ClientMessage, StreamView } from '../../../shared/api/views.js'
import { type LiveListener, watchLive } from '../../client/live.js'
import { describeDetections, describeEvent } from '../../output/detections.js'
import { printLine, printNote } from '../../output/print.js'
import { type ConnectOptions, connect, numberBetween, withConnection } from '../connect.js'
import { examples } from '../help.js'

interface Options extends ConnectOptions {
  class?: string[]
  minScore?: number
  json?: boolean
}

export function addWatch(stream: Command): void {
  withConnection(stream.command('watch').argument('[id...]', 'none: every stream'))
    .description('print live detections until Ctrl-C')
    .option('--class <name...>', 'only these classes')
    .option('--min-score <score>', 'only detections of at least this score', numberBetween(0, 1))
    .option('--json', 'print the messages as they come, one a line')
    .addHelpText(
      'after',
      examples(
        'ringside stream watch gate --class person --min-score 0.5',
        'ringside stream watch --json | jq -c \'select(.type == "detections") | [.stream, (.detections | length)]\'',
      ),
    )
    .action(watch)
}

async function watch(ids: string[], options: Options): Promise<void> {
  const { address, rest } = connect(options)
  // A wrong id would be silence for ever: ask for each first.
  for (const id of ids) await rest.get<StreamView>(`/streams/${encodeURIComponent(id)}`)
  const subscription: ClientMessage = {
    type: 'subscribe',
    ...(ids.length > 0 && { streams: ids }),
    ...(options.class && { classes: options.class }),
    ...(options.minScore !== undefined && { minScore: options.minScore }),
  }
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  await watchLive(address, subscription, options.json ? asJson : asText, stop.signal)
}

const asJson: LiveListener = {
  onMessage: (_, raw) => printLine(raw),
  onLost: noteLoss,
}

const asText: LiveListener = {
  onMessage(message): void {
    if (message.type === 'detections') printLine(describeDetections(message))
    else {
      const text = describeEvent(message)
      if (text) printNote(text)
    }
  },
  onLost: noteLoss,
}

function noteLoss(reason: string, retryMs: number): void {
  printNote(`ringside: the connection is lost (${reason}); again in ${retryMs} ms`)
}
