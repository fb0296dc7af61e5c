/** `ringside memory snapshot` */
import type { Command } from 'commander'
import type { SnapshotSummary } from '../../../shared/memory/snapshot-summary.js'
import { printJson, printLine, printNote } from '../../output/print.js'
import { mebibytes } from '../../output/quantity.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

export function addSnapshot(memory: Command): void {
  withJson(withConnection(memory.command('snapshot')))
    .description('take a memory snapshot: every allocation by owner, of every process; prints its id')
    .addHelpText(
      'after',
      examples('ringside memory snapshot', 'A=$(ringside memory snapshot)  # for a diff later'),
    )
    .action(async (options: ConnectOptions & { json?: boolean }) => {
      const snapshot = await connect(options).rest.send<SnapshotSummary>('POST', '/memory/snapshots')
      if (options.json) {
        printJson(snapshot)
        return
      }
      printLine(snapshot.id)
      const { processes, hostBytes, deviceBytes, shmBytes } = snapshot
      printNote(
        `${processes} processes: host ${mebibytes(hostBytes)}, device ${mebibytes(deviceBytes)}, shared ${mebibytes(shmBytes)}`,
      )
    })
}
