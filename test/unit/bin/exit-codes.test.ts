/** Exit codes are a promise to scripts: the table, the help and the documentation say the same. */
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ExitCode, exitCodeHelp, exitCodeOf, exitCodeTable } from '../../../bin/exit-codes.js'
import { type ErrorCode, errorTable, RingsideError } from '../../../shared/errors.js'
import { packageRoot } from '../../../shared/process/version.js'

describe('exit codes', () => {
  it('are all explained in docs/operations.md, in the same words', () => {
    const page = fs.readFileSync(path.join(packageRoot, 'docs/operations.md'), 'utf8')
    const rows = [...page.matchAll(/^\| (\d) +\| (.*?) +\|$/gm)].map(([, code, meaning]) => [
      Number(code),
      meaning,
    ])
    expect(Object.fromEntries(rows)).toEqual(exitCodeTable)
  })

  it('are all in the help', () => {
    for (const [code, meaning] of Object.entries(exitCodeTable))
      expect(exitCodeHelp()).toContain(`${code}  ${meaning}`)
  })

  it('never call an error a success', () => {
    for (const code of Object.keys(errorTable) as ErrorCode[])
      expect(exitCodeOf(new RingsideError(code, 'x')), code).toBeGreaterThan(0)
    expect(exitCodeOf(new Error('x'))).toBe(ExitCode.FAILURE)
  })

  it.each([
    ['unknown_stream', 3],
    ['not_running', 4],
    ['unauthorized', 5],
    ['stream_exists', 6],
    ['redis_missing', 7],
    ['invalid_config', 2],
  ] as const)('%s ends with %i', (code, exitCode) => {
    expect(exitCodeOf(new RingsideError(code, 'x'))).toBe(exitCode)
  })
})
