/** `ringside stream show` */
import type { Command } from 'commander'
import type { StreamView } from '../../../shared/api/views.js'
import { printJson, printLine } from '../../output/print.js'
import { describeStream } from '../../output/stream.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

export function addShow(stream: Command): void {
  withJson(withConnection(stream.command('show').argument('<id>')))
    .description('show one stream: state, rates, lag and drops by reason')
    .addHelpText(
      'after',
      examples('ringside stream show gate', 'ringside stream show gate --json | jq .state'),
    )
    .action(async (id: string, options: ConnectOptions & { json?: boolean }) => {
      const view = await connect(options).rest.get<StreamView>(`/streams/${encodeURIComponent(id)}`)
      if (options.json) printJson(view)
      else printLine(describeStream(view))
    })
}
