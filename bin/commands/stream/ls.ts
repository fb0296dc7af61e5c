/** `ringside stream ls` */
import type { Command } from 'commander'
import type { StreamList } from '../../../shared/api/views.js'
import { printJson, printLine } from '../../output/print.js'
import { streamTable } from '../../output/stream.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

export function addLs(stream: Command): void {
  withJson(withConnection(stream.command('ls')))
    .description('list the streams')
    .addHelpText('after', examples('ringside stream ls', "ringside stream ls --json | jq -r '.streams[].id'"))
    .action(async (options: ConnectOptions & { json?: boolean }) => {
      const list = await connect(options).rest.get<StreamList>('/streams')
      if (options.json) printJson(list)
      else if (list.streams.length > 0) printLine(streamTable(list.streams))
      else printLine('No streams are registered. `ringside stream add gate rtsp://…` adds one.')
    })
}
