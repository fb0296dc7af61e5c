/**
 * One share of the loader's fuzzing: mutants are read, recognised and rewritten until one throws what is no RingsideError, or takes too long.
 * A process of its own, since a mutant could kill it: node loader-run.js SEED CASES SURVIVORS_DIR SURVIVORS
 */
import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { rewriteModel } from '../../../infer/model/rewrite.js'
import { RingsideError } from '../../../shared/errors.js'
import { encodeModel } from '../synthetic-model.js'
import { byteMutants } from './mutate-bytes.js'
import { modelMutants } from './mutate-model.js'
import { seedModels } from './seeds.js'

const MAX_CASE_MS = 1000
const HEARTBEAT_CASES = 250

const [seed, cases, survivorsDir, wanted] = [0, 1, 2, 3].map(i => process.argv[i + 2] ?? '') as [
  string,
  string,
  string,
  string,
]
const outcomes: Record<string, number> = {}
let done = 0
let kept = 0
let slowestMs = 0

// Plain arrays: slice of a Buffer is a view, and a mutation would reach the seed.
const seeds = seedModels().map(model => new Uint8Array(encodeModel(model)))
for (const valid of seeds) run(Buffer.from(valid))
const mutant = fc.oneof(byteMutants(seeds), modelMutants(seeds))
fc.assert(
  fc.property(mutant, bytes => run(Buffer.from(bytes))),
  { numRuns: Number(cases), seed: Number(seed) },
)
report()

function run(bytes: Buffer): void {
  const [startedAt, before] = [performance.now(), process.cpuUsage()]
  const outcome = outcomeOf(bytes)
  const { user, system } = process.cpuUsage(before)
  // On a busy machine a case may wait for others; what it works counts.
  const ms = Math.min(performance.now() - startedAt, (user + system) / 1000)
  slowestMs = Math.max(slowestMs, ms)
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  if (ms > MAX_CASE_MS) throw new Error(`a case took ${Math.round(ms)} ms`)
  done += 1
  if (done % HEARTBEAT_CASES === 0) report()
}

/** Both precisions that need no pictures; the batch axis is opened, which a trial would have to bear out. */
function outcomeOf(bytes: Buffer): string {
  const precision = done % 2 ? 'fp32' : 'fp16'
  try {
    const options = { precision, device: 'cpu', maxCandidates: 300 } as const
    const model = rewriteModel(bytes, 'mutant', { options, sidecar: {}, batch: 'dynamic' })
    if (kept < Number(wanted)) {
      fs.writeFileSync(path.join(survivorsDir, `${seed}-${done}.onnx`), bytes)
      kept += 1
    }
    return `rewritten as ${model.facts.family}`
  } catch (error) {
    if (error instanceof RingsideError && error.code !== 'internal') return error.code
    throw error
  }
}

function report(): void {
  process.send?.({ done, outcomes, slowestMs })
}
