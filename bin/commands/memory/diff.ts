/** `ringside memory diff` */
import type { Command } from 'commander'
import type { Moved, OwnerGrowth, SnapshotDiff } from '../../../shared/memory/diff.js'
import { shownBytes, shownMs } from '../../../shared/memory/quantity.js'
import { printJson, printLine } from '../../output/print.js'
import { table } from '../../output/table.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

export function addDiff(memory: Command): void {
  withJson(withConnection(memory.command('diff').argument('<a>').argument('<b>')))
    .description('what grew between two memory snapshots, by owner, and the likely cause')
    .addHelpText(
      'after',
      examples(
        'ringside memory diff 20261121T143000Z-0a1b2c 20261121T203000Z-3d4e5f',
        "ringside memory diff A B --json | jq -r '.causes[0]'",
      ),
    )
    .action(async (a: string, b: string, options: ConnectOptions & { json?: boolean }) => {
      const [from, to] = [a, b].map(encodeURIComponent)
      const diff = await connect(options).rest.get<SnapshotDiff>(`/memory/snapshots/${from}/diff/${to}`)
      if (options.json) printJson(diff)
      else printLine(describe(diff))
    })
}

function describe({ from, to, owners, bytes, streams, models, restarted, causes }: SnapshotDiff): string {
  const parts = [
    `${from.id} → ${to.id}: ${signed(bytes)} in ${shownMs(to.atMs - from.atMs)}`,
    [...movedLines('stream', streams), ...movedLines('model', models), ...restartedLines(restarted)].join(
      '\n',
    ),
    owners.length > 0 ? table(['OWNER', 'BEFORE', 'AFTER', 'GROWTH', 'COUNT'], owners.map(row)) : '',
    ['Likely cause:', ...causes.map(cause => `  ${cause}`)].join('\n'),
  ]
  return parts.filter(part => part !== '').join('\n\n')
}

function row({
  name,
  bytesBefore,
  bytesAfter,
  bytes,
  countBefore,
  countAfter,
  exact,
}: OwnerGrowth): string[] {
  const counts = countBefore === countAfter ? String(countAfter) : `${countBefore} → ${countAfter}`
  return [
    name,
    shownBytes(bytesBefore),
    shownBytes(bytesAfter),
    `${exact ? '' : '~'}${signed(bytes)}`,
    counts,
  ]
}

function movedLines(what: string, { added, removed }: Moved): string[] {
  return [
    ...(added.length > 0 ? [`${what}s added: ${added.join(', ')}`] : []),
    ...(removed.length > 0 ? [`${what}s gone: ${removed.join(', ')}`] : []),
  ]
}

function restartedLines(stages: readonly string[]): string[] {
  return stages.length > 0 ? [`restarted: ${stages.join(', ')}`] : []
}

function signed(bytes: number): string {
  return bytes > 0 ? `+${shownBytes(bytes)}` : shownBytes(bytes)
}
