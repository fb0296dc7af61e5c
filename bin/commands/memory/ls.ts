/** `ringside memory ls` */
import type { Command } from 'commander'
import type { SnapshotList } from '../../../shared/api/memory-views.js'
import { printJson, printLine } from '../../output/print.js'
import { mebibytes, since } from '../../output/quantity.js'
import { table } from '../../output/table.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

export function addMemoryLs(memory: Command): void {
  withJson(withConnection(memory.command('ls')))
    .description('list the memory snapshots, newest first')
    .addHelpText('after', examples('ringside memory ls'))
    .action(async (options: ConnectOptions & { json?: boolean }) => {
      const list = await connect(options).rest.get<SnapshotList>('/memory/snapshots')
      if (options.json) printJson(list)
      else if (list.snapshots.length === 0)
        printLine('There is no memory snapshot. `ringside memory snapshot` takes one.')
      else printLine(snapshotTable(list))
    })
}

function snapshotTable({ snapshots }: SnapshotList): string {
  const header = ['ID', 'AGE', 'WHY', 'STREAMS', 'MODELS', 'HOST', 'DEVICE', 'SHARED']
  const rows = snapshots.map(({ id, atMs, why, streams, models, hostBytes, deviceBytes, shmBytes }) => [
    id,
    since(atMs),
    why,
    String(streams.length),
    String(models.length),
    mebibytes(hostBytes),
    mebibytes(deviceBytes),
    mebibytes(shmBytes),
  ])
  return table(header, rows)
}
