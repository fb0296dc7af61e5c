/** `ringside memory show` */
import type { Command } from 'commander'
import type { Allocation, MemorySnapshot } from '../../../shared/memory/allocation.js'
import { printJson, printLine } from '../../output/print.js'
import { mebibytes } from '../../output/quantity.js'
import { table } from '../../output/table.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

export function addMemoryShow(memory: Command): void {
  withJson(withConnection(memory.command('show').argument('<id>')))
    .description('show one memory snapshot: every allocation by owner, the largest of each process first')
    .addHelpText('after', examples('ringside memory show 20261121T143000Z-0a1b2c'))
    .action(async (id: string, options: ConnectOptions & { json?: boolean }) => {
      const { rest } = connect(options)
      const snapshot = await rest.get<MemorySnapshot>(`/memory/snapshots/${encodeURIComponent(id)}`)
      if (options.json) printJson(snapshot)
      else printLine(describe(snapshot))
    })
}

function describe({ processes, streams, models, why, atMs }: MemorySnapshot): string {
  const header = ['PROCESS', 'KIND', 'OWNER', 'WHERE', 'COUNT', 'BYTES']
  const rows = processes.flatMap(({ stage, pid, allocations }) =>
    allocations
      .toSorted((a, b) => b.bytes - a.bytes)
      .map(allocation => [`${stage} ${pid}`, ...cellsOf(allocation)]),
  )
  const ran = `${new Date(atMs).toISOString()}, ${why}; streams: ${streams.join(', ') || 'none'}; models: ${models.join(', ') || 'none'}`
  return `${ran}\n\n${table(header, rows)}\n\n~ is worked out from sizes, the rest is measured.`
}

function cellsOf({ kind, owner, where, count, bytes, exact }: Allocation): string[] {
  return [kind, owner, where, String(count), `${exact ? '' : '~'}${mebibytes(bytes)}`]
}
