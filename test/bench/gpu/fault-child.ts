/**
 * Serves batches, poisons its own GPU, and says on stdout, one JSON object a line, what the engine did from then on. Then it ends as the
 * service does. Judged by `faults.ts`. Argument: folder of the YOLOv8 files.
 */
import type { Engine } from '../../../infer/engine/engine.js'
import { isGpuLost } from '../../../infer/engine/gpu-lost.js'
import { sleep } from '../../../shared/clock.js'
import { messageOf } from '../../../shared/errors.js'
import { endAtOnce } from '../../../shared/process/fault.js'
import { CheckedBatches } from './checked-batches.js'
import { cudaDefaults, openGpu } from './gpu-host.js'
import { poison } from './poison.js'
import { type FilledSlab, fillSlab } from './slab-frames.js'
import { yolov8Files } from './yolov8-files.js'

const BUCKETS = [1, 8]
/** Enough that both buckets have been seen, and every slot's result is known. */
const HEALTHY_BATCHES = 200
/** For results that come late, which would be wrong. */
const LISTEN_MS = 200

const gpu = openGpu()
const { prepared } = await yolov8Files(process.argv[2] ?? '', 'n')
const model = prepared.fp16
const slab = fillSlab(model, 24)
// What is tested needs no fast kernels; they would take seconds to compile.
const engine = gpu.createEngine({ ...cudaDefaults, fuseConvBias: false })
await engine.load(model, slab.path, { buckets: BUCKETS, threads: 1 })
const batches = new CheckedBatches(engine, model, slab)
const seen = {
  poisonedMs: 0,
  failedMs: 0,
  resultsAfterPoison: 0,
  resultsAfterFailure: 0,
  wrongFrames: 0,
  error: '',
  isLost: false,
}

await serve()
await sleep(LISTEN_MS)
seen.wrongFrames = batches.wrongFrames
say({ ...seen, again: await outcomeOf(() => batches.run(1)), load: await outcomeOf(() => anotherLoad(slab)) })
endAtOnce('infer', new Error('as the service does'))

/** Two batches in flight, until both have failed. */
async function serve(): Promise<void> {
  let given = 0
  const lane = async (): Promise<void> => {
    while (true) {
      if (given++ === HEALTHY_BATCHES) {
        poison()
        seen.poisonedMs = performance.now()
      }
      try {
        await batches.run(BUCKETS[given % BUCKETS.length]!)
        if (seen.failedMs > 0) seen.resultsAfterFailure++
        else if (seen.poisonedMs > 0) seen.resultsAfterPoison++
      } catch (error) {
        seen.failedMs ||= performance.now()
        seen.error ||= messageOf(error)
        seen.isLost ||= isGpuLost(error)
        return
      }
    }
  }
  await Promise.all([lane(), lane()])
}

/** A second model, in a process whose GPU is lost. */
function anotherLoad(of: FilledSlab): Promise<unknown> {
  const other: Engine = gpu.createEngine()
  return other.load(model, of.path, { buckets: [1], threads: 1 })
}

async function outcomeOf(work: () => Promise<unknown>): Promise<string> {
  const startedAt = performance.now()
  try {
    await work()
    return 'succeeded'
  } catch (error) {
    const tookMs = performance.now() - startedAt
    return `${isGpuLost(error) ? 'gpu_lost' : 'another error'} after ${tookMs.toFixed(0)} ms: ${messageOf(error)}`
  }
}

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
