/**
 * Gives mutants that passed every check to the runtime, one after the other, as the loader's child does, until one kills the process.
 * node trial-run.js FOLDER FIRST: each result is a message; whoever started it goes on behind the mutant that was fatal.
 */
import fs from 'node:fs'
import path from 'node:path'
import { guardProcess } from '../../../infer/model/loader/guard.js'
import { settleModel } from '../../../infer/model/loader/prepare-job.js'
import { defaultOptions } from '../../../infer/model/rewrite.js'
import { RingsideError } from '../../../shared/errors.js'

const MEMORY_BYTES = 2 ** 31
const [folder, first] = process.argv.slice(2) as [string, string]

await guardProcess(MEMORY_BYTES)
for (const [index, name] of fs.readdirSync(folder).sort().entries()) {
  if (index < Number(first)) continue
  process.send!({ index, startedAtMs: Date.now() })
  process.send!({ index, outcome: await outcomeOf(fs.readFileSync(path.join(folder, name)), name) })
}
// The answer to the last one may still be on its way.
process.disconnect()

async function outcomeOf(bytes: Buffer, name: string): Promise<string> {
  try {
    const { facts } = await settleModel(bytes, name, { options: defaultOptions, sidecar: {} })
    return `runs with batch ${facts.batch}`
  } catch (error) {
    if (error instanceof RingsideError && error.code !== 'internal') return error.code
    throw error
  }
}
