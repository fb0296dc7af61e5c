/** `ringside stream history`: what happened to a stream, and who did it. */
import type { Command } from 'commander'
import type { HistoryList } from '../../../shared/api/views.js'
import { printJson, printLine } from '../../output/print.js'
import { table } from '../../output/table.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

export function addHistory(stream: Command): void {
  withJson(withConnection(stream.command('history').argument('<id>')))
    .description('show what happened to a stream, and who did it')
    .addHelpText('after', examples('ringside stream history gate'))
    .action(async (id: string, options: ConnectOptions & { json?: boolean }) => {
      const list = await connect(options).rest.get<HistoryList>(`/streams/${encodeURIComponent(id)}/history`)
      if (options.json) printJson(list)
      else printLine(historyTable(list))
    })
}

function historyTable({ entries }: HistoryList): string {
  const rows = entries.map(({ at, what, by, changes, reason }) => [
    new Date(at).toISOString(),
    what,
    by,
    [
      ...changes.map(({ key, from, to }) => `${key} ${shown(from)} → ${shown(to)}`),
      ...(reason ? [reason] : []),
    ].join('; '),
  ])
  return table(['WHEN', 'WHAT', 'BY', 'CHANGES'], rows)
}

function shown(value: unknown): string {
  return value === null ? 'none' : String(value)
}
