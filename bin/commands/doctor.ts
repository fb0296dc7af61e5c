/** `ringside doctor` */
import type { Command } from 'commander'
import { loadConfig } from '../../config/load.js'
import type { Finding } from '../doctor/check.js'
import { examine } from '../doctor/doctor.js'
import { ExitCode } from '../exit-codes.js'
import { printJson, printLine } from '../output/print.js'
import { table } from '../output/table.js'
import { withJson } from './connect.js'
import { examples } from './help.js'

export function addDoctor(program: Command): void {
  withJson(program.command('doctor'))
    .description('look at everything Ringside needs of this machine; exit 1 where something must be mended')
    .addHelpText(
      'after',
      examples('ringside doctor', 'ringside doctor --json | jq \'.findings[] | select(.verdict != "ok")\''),
    )
    .action(async (options: { json?: boolean }) => {
      const findings = await examine(loadConfig())
      const failed = findings.some(({ verdict }) => verdict === 'fail')
      if (failed) process.exitCode = ExitCode.FAILURE
      if (options.json) printJson({ ok: !failed, findings })
      else printLine(report(findings))
    })
}

function report(findings: readonly Finding[]): string {
  const rows = findings.map(({ check, verdict, found }) => [verdict, check, found])
  const remedies = findings.flatMap(({ check, remedy }) => (remedy ? [`${check}: ${remedy}`] : []))
  const all = table(['', 'CHECK', 'FOUND'], rows)
  return remedies.length === 0 ? all : `${all}\n\nWhat to do:\n  ${remedies.join('\n  ')}`
}
