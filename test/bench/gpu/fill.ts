/**
 * `node dist/test/bench/gpu/fill.js`: 10,000 batches of random size and fill after warm-up. Nothing may be allocated on the device.
 *
 *   --batches 10000   --buckets 1,2,4,8,16,32,64   --size n   --engine cuda | onnxruntime (to try the program)   --set key=value
 */
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Engine, EngineStats } from '../../../infer/engine/engine.js'
import { OnnxruntimeEngine } from '../../../infer/engine/onnxruntime/engine.js'
import { sleep } from '../../../shared/clock.js'
import type { Yolov8Size } from '../../tools/yolov8-graph.js'
import { CheckedBatches } from './checked-batches.js'
import { cudaOptionsOf, openGpu } from './gpu-host.js'
import { driftOf, lookAt, type MemoryLook } from './memory-look.js'
import { check, end, judged, MIB, mib, tableOf, writeJson } from './outcome.js'
import { fillSlab } from './slab-frames.js'
import { yolov8Files } from './yolov8-files.js'

const LOOKS = 30
/** A heap breathes by some of this; a leak of one result a batch would be 70 MB in 10,000. */
const HOST_DRIFT_BYTES = 16 * MIB

const { values } = parseArgs({
  options: {
    batches: { type: 'string', default: '10000' },
    buckets: { type: 'string', default: '1,2,4,8,16,32,64' },
    size: { type: 'string', default: 'n' },
    engine: { type: 'string', default: 'cuda' },
    models: { type: 'string', default: path.join(os.tmpdir(), 'ringside-yolov8') },
    set: { type: 'string', multiple: true, default: [] },
  },
})
const wanted = Number(values.batches)
const buckets = values.buckets.split(',').map(Number)
const gpu = values.engine === 'cuda' ? openGpu() : null

/** The same sizes in each run. */
let state = 12345
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

await end(async () => {
  const { prepared } = await yolov8Files(values.models, values.size as Yolov8Size)
  const model = gpu ? prepared.fp16 : prepared.fp32
  const engine: Engine = gpu ? gpu.createEngine(cudaOptionsOf(values.set)) : new OnnxruntimeEngine()
  const slab = fillSlab(model, 3 * Math.max(...buckets))
  const info = await engine.load(model, slab.path, { buckets, threads: os.availableParallelism() })
  console.error(info)
  const before = await freshStats(engine)
  const batches = new CheckedBatches(engine, model, slab)
  const looks: MemoryLook[] = []
  const startedAt = performance.now()
  let given = 0
  const lane = async (): Promise<void> => {
    while (given < wanted) {
      const batch = given++
      const bucket = [...info.runMs.keys()][Math.floor(random() * info.runMs.size)]!
      await batches.run(bucket, 1 + Math.floor(random() * bucket))
      if (gpu && batch % Math.ceil(wanted / LOOKS) === 0) looks.push(lookAt(gpu, batch))
    }
  }
  await Promise.all(Array.from({ length: info.maxInFlight }, lane))
  const seconds = (performance.now() - startedAt) / 1000
  const after = await freshStats(engine)
  await engine.close()
  slab.close()
  writeJson('fill', { before, after, looks, seconds })
  const rows = looks.map(({ at, deviceUsedBytes, hostBytes }) => [at, mib(deviceUsedBytes), mib(hostBytes)])
  console.log(tableOf(['batch', 'device used, MiB', 'process, MiB'], rows))
  console.log(`${wanted} batches, ${batches.frames} frames in ${seconds.toFixed(1)} s`)
  return judged([
    check('every result is that of its frame', batches.wrongFrames === 0, `${batches.wrongFrames} are not`),
    ...(before && after ? deviceChecks(before, after, looks) : []),
  ])
})

function deviceChecks(before: EngineStats, after: EngineStats, looks: readonly MemoryLook[]) {
  const used = looks.map(({ deviceUsedBytes }) => deviceUsedBytes)
  const moved = Math.max(...used) - Math.min(...used)
  const drift = driftOf(looks.map(({ hostBytes }) => hostBytes))
  const reserved = after.arenaReservedBytes - before.arenaReservedBytes
  return [
    check(
      'nothing allocated after warm-up',
      after.allocationsAfterWarmUp === 0,
      String(after.allocationsAfterWarmUp),
    ),
    check(
      'the arenas hold what they held',
      reserved === 0,
      `${reserved} bytes of ${mib(after.arenaReservedBytes)} MiB`,
    ),
    check('no run found no memory', after.outOfMemory === 0, String(after.outOfMemory)),
    check('device memory stays', moved === 0, `${mib(moved)} MiB between the highest and the lowest look`),
    check(
      'the process stays',
      drift < HOST_DRIFT_BYTES,
      `${mib(drift)} MiB from the middle third to the last`,
    ),
  ]
}

/** Counters come behind a question: the first answer is the last known. */
async function freshStats(engine: Engine): Promise<EngineStats | null> {
  engine.stats()
  await sleep(200)
  return engine.stats()
}
