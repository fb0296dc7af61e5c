/** `ringside memory compact` */
import type { Command } from 'commander'
import { shownBytes, shownMs, shownShare } from '../../../shared/memory/quantity.js'
import type { CompactionReport } from '../../../shared/memory/timeline.js'
import { printJson, printLine } from '../../output/print.js'
import { table } from '../../output/table.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

interface Options extends ConnectOptions {
  device?: string
  json?: boolean
}

export function addCompact(memory: Command): void {
  withJson(withConnection(memory.command('compact')))
    .description('give back memory that is reserved and not in use, between batches; says what that freed')
    .option('--device <id>', 'which one (default: all)')
    .addHelpText('after', examples('ringside memory compact', 'ringside memory compact --device cuda-0'))
    .action(async (options: Options) => {
      const body = options.device === undefined ? {} : { device: options.device }
      const { rest } = connect(options)
      const answer = await rest.send<{ compactions: CompactionReport[] }>('POST', '/memory/compact', body)
      if (options.json) printJson(answer)
      else if (answer.compactions.length === 0) printLine('There was nothing to compact.')
      else printLine(compactionTable(answer.compactions))
    })
}

function compactionTable(compactions: readonly CompactionReport[]): string {
  return table(
    ['DEVICE', 'MODEL', 'DID', 'FREED', 'TOOK', 'FRAGMENTATION'],
    compactions.map(report => [
      report.device,
      report.model ?? '–',
      report.did,
      shownBytes(report.freedBytes),
      report.tookMs < 2000 ? `${Math.round(report.tookMs)} ms` : shownMs(report.tookMs),
      `${told(report.fragmentationBefore)} → ${told(report.fragmentationAfter)}`,
    ]),
  )
}

function told(share: number | null): string {
  return share === null ? '–' : shownShare(share)
}
