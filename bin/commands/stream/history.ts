/** `ringside stream history`: what happened to a stream, and who did it. */
import type { Command } from 'commander'
import type { HistoryList } from '../../../shared/api/views.js'
import { historyTable } from '../../output/history.js'
import { printJson, printLine } from '../../output/print.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

export function addHistory(stream: Command): void {
  withJson(withConnection(stream.command('history').argument('<id>')))
    .description('show what happened to a stream, and who did it')
    .addHelpText('after', examples('ringside stream history gate'))
    .action(async (id: string, options: ConnectOptions & { json?: boolean }) => {
      const list = await connect(options).rest.get<HistoryList>(`/streams/${encodeURIComponent(id)}/history`)
      if (options.json) printJson(list)
      else printLine(historyTable(list.entries))
    })
}
