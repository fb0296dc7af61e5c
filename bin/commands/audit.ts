/** `ringside audit`: who changed what and when, of all streams and devices. */
import type { Command } from 'commander'
import type { HistoryList } from '../../shared/api/views.js'
import { historyTable } from '../output/history.js'
import { printJson, printLine } from '../output/print.js'
import { type ConnectOptions, connect, wholeBetween, withConnection, withJson } from './connect.js'
import { examples } from './help.js'

interface Options extends ConnectOptions {
  last: number
  json?: boolean
}

export function addAudit(program: Command): void {
  withJson(withConnection(program.command('audit')))
    .description('show who changed what and when, and what Ringside did by itself; newest last')
    .option('--last <n>', 'how many lines', wholeBetween(1, 9999), 50)
    .addHelpText(
      'after',
      examples(
        'ringside audit',
        'ringside audit --last 500 --json | jq \'.entries[] | select(.id == "gate")\'',
      ),
    )
    .action(async (options: Options) => {
      const list = await connect(options).rest.get<HistoryList>(`/audit?limit=${options.last}`)
      if (options.json) printJson(list)
      else if (list.entries.length > 0) printLine(historyTable(list.entries, true))
      else printLine('Nothing was changed yet.')
    })
}
