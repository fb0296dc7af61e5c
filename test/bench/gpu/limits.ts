/**
 * `node dist/test/bench/gpu/limits.js`: a model is loaded under ever larger limits of device memory. Under each it is refused with the
 * arithmetic, or serves the buckets that fit; it never ends the process.
 *
 *   --limits 1e6,2e7,… (bytes)   --buckets 1,8,32,64   --size n   --set key=value
 */
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { EngineInfo } from '../../../infer/engine/engine.js'
import { messageOf, RingsideError } from '../../../shared/errors.js'
import type { Yolov8Size } from '../../tools/yolov8-graph.js'
import { CheckedBatches } from './checked-batches.js'
import { cudaOptionsOf, openGpu } from './gpu-host.js'
import { type Check, check, end, judged, MIB, mib, tableOf, writeJson } from './outcome.js'
import { fillSlab } from './slab-frames.js'
import { yolov8Files } from './yolov8-files.js'

/** CUDA's own: context, cuDNN, cuBLAS, which the first load sets up. Not under the limit, and documented so. */
const CUDA_OWN_BYTES = 1024 * MIB

const { values } = parseArgs({
  options: {
    limits: { type: 'string', default: '1e6,2e7,4e7,1e8,2e8,4e8,8e8,1.6e9,3.2e9' },
    buckets: { type: 'string', default: '1,8,32,64' },
    size: { type: 'string', default: 'n' },
    models: { type: 'string', default: path.join(os.tmpdir(), 'ringside-yolov8') },
    set: { type: 'string', multiple: true, default: [] },
  },
})
const buckets = values.buckets.split(',').map(Number)
const gpu = openGpu()

await end(async () => {
  const { prepared } = await yolov8Files(values.models, values.size as Yolov8Size)
  const model = prepared.fp16
  const slab = fillSlab(model, Math.max(...buckets))
  const used = (): number => gpu.device.memory().totalBytes - gpu.device.memory().freeBytes
  const outcomes: Outcome[] = []
  for (const limitBytes of values.limits.split(',').map(Number)) {
    const engine = gpu.createEngine({ ...cudaOptionsOf(values.set), memoryBytes: limitBytes })
    const before = used()
    const outcome: Outcome = { limitBytes, info: null, refusal: '', ran: [], wrongFrames: 0, heldBytes: 0 }
    try {
      outcome.info = await engine.load(model, slab.path, { buckets, threads: 1 })
      outcome.heldBytes = used() - before
      const checked = new CheckedBatches(engine, model, slab)
      for (const bucket of outcome.info.runMs.keys()) {
        for (let run = 0; run < 3; run++) await checked.run(bucket)
        outcome.ran.push(bucket)
      }
      outcome.wrongFrames = checked.wrongFrames
    } catch (error) {
      outcome.refusal = error instanceof RingsideError ? `${error.code}: ${error.message}` : messageOf(error)
    }
    await engine.close()
    outcomes.push(outcome)
    console.error(outcome)
  }
  slab.close()
  writeJson(
    'limits',
    outcomes.map(({ info, ...each }) => ({ ...each, refused: [...(info?.refusedBuckets ?? [])] })),
  )
  console.log(tableOf(['limit, MB', 'buckets', 'held, MiB', 'refused'], outcomes.map(rowOf)))
  return judged([...outcomes.map(judge), ...overall(outcomes)])
})

interface Outcome {
  limitBytes: number
  info: EngineInfo | null
  /** Why nothing was loaded. */
  refusal: string
  ran: number[]
  wrongFrames: number
  heldBytes: number
}

function rowOf({ limitBytes, info, refusal, ran, heldBytes }: Outcome): string[] {
  const refused = info
    ? [...info.refusedBuckets].map(([bucket, why]) => `${bucket}: ${why}`).join('; ')
    : refusal
  return [(limitBytes / 1e6).toFixed(0), ran.join(', '), mib(heldBytes), refused]
}

function judge({ limitBytes, info, refusal, ran, wrongFrames, heldBytes }: Outcome): Check {
  const name = `a limit of ${(limitBytes / 1e6).toFixed(0)} MB`
  const whys = info ? [...info.refusedBuckets.values()] : [refusal]
  const complete = ran.length + (info ? info.refusedBuckets.size : buckets.length) === buckets.length
  const explained = whys.every(
    why => /needs|does not fit/.test(why) && (/\d+(\.\d+)? MB/.test(why) || /one of \d+/.test(why)),
  )
  const kept = heldBytes <= limitBytes + CUDA_OWN_BYTES
  return check(
    name,
    complete && explained && kept && wrongFrames === 0,
    `${ran.length} buckets serve; ${whys.join('; ') || 'none refused'}`,
  )
}

/** The series shows all three: nothing, some, everything. */
function overall(outcomes: readonly Outcome[]): Check[] {
  const counts = outcomes.map(({ ran }) => ran.length)
  const rises = counts.every((count, i) => i === 0 || count >= counts[i - 1]!)
  return [
    check('the smallest limit serves nothing', counts[0] === 0, String(counts[0])),
    check(
      'some limit serves some buckets',
      counts.some(count => count > 0 && count < buckets.length),
      counts.join(', '),
    ),
    check(
      'the largest limit serves all, and more never serves less',
      rises && counts.at(-1) === buckets.length,
      counts.join(', '),
    ),
  ]
}
