/**
 * `node dist/test/bench/gpu/cycles.js`: a model is loaded, run once and unloaded, 200 times in one process. Device and process must stay as they are.
 *
 *   --cycles 200   --buckets 1,8   --size n   --seconds 500 (then it ends, and says after how many)   --set key=value
 */
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { PreparedModel } from '../../../infer/model/prepared-model.js'
import { trimHeap } from '../../../shared/native/libc.js'
import type { Yolov8Size } from '../../tools/yolov8-graph.js'
import { CheckedBatches } from './checked-batches.js'
import { cudaOptionsOf, type GpuHost, openGpu } from './gpu-host.js'
import { driftOf, lookAt, type MemoryLook } from './memory-look.js'
import { check, end, judged, MIB, median, mib, tableOf, writeJson } from './outcome.js'
import { type FilledSlab, fillSlab } from './slab-frames.js'
import { yolov8Files } from './yolov8-files.js'

/** What CUDA, cuDNN and the heap set up once is theirs to keep: cycles before these do not count. */
const FIRST_COUNTED = 10
const DEVICE_DRIFT_BYTES = 2 * MIB
const HOST_DRIFT_BYTES = 16 * MIB
const ROWS = 20

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '200' },
    buckets: { type: 'string', default: '1,8' },
    size: { type: 'string', default: 'n' },
    seconds: { type: 'string', default: '500' },
    models: { type: 'string', default: path.join(os.tmpdir(), 'ringside-yolov8') },
    set: { type: 'string', multiple: true, default: [] },
  },
})
const wanted = Number(values.cycles)
const gpu = openGpu()

await end(async () => {
  const { prepared } = await yolov8Files(values.models, values.size as Yolov8Size)
  const model = prepared.fp16
  const slab = fillSlab(model, 16)
  const looks: MemoryLook[] = []
  const loadMs: number[] = []
  let wrongFrames = 0
  const endAt = performance.now() + Number(values.seconds) * 1000
  while (loadMs.length < wanted && performance.now() < endAt) {
    const cycle = await oneCycle(gpu, model, slab)
    loadMs.push(cycle.loadMs)
    wrongFrames += cycle.wrongFrames
    trimHeap()
    looks.push(lookAt(gpu, loadMs.length))
  }
  slab.close()
  writeJson('cycles', { looks, loadMs })
  const step = Math.max(1, Math.floor(looks.length / ROWS))
  const rows = looks
    .filter((_, i) => i % step === 0 || i === looks.length - 1)
    .map(({ at, deviceUsedBytes, hostBytes, openFiles, threads }) => {
      return [at, loadMs[at - 1]!.toFixed(0), mib(deviceUsedBytes), mib(hostBytes), openFiles, threads]
    })
  console.log(tableOf(['cycle', 'load ms', 'device used, MiB', 'process, MiB', 'files', 'threads'], rows))
  return judged([
    check(
      'all cycles done',
      loadMs.length === wanted,
      `${loadMs.length} of ${wanted}, median load ${median(loadMs).toFixed(0)} ms`,
    ),
    check('every result is that of its frame', wrongFrames === 0, `${wrongFrames} are not`),
    ...flatness(looks.slice(FIRST_COUNTED)),
  ])
})

async function oneCycle(on: GpuHost, model: PreparedModel, slab: FilledSlab) {
  const engine = on.createEngine(cudaOptionsOf(values.set))
  const startedAt = performance.now()
  const buckets = values.buckets.split(',').map(Number)
  const info = await engine.load(model, slab.path, { buckets, threads: 1 })
  const loadMs = performance.now() - startedAt
  const checked = new CheckedBatches(engine, model, slab)
  // Twice: the second is held against the first.
  for (const bucket of info.runMs.keys()) for (let run = 0; run < 3; run++) await checked.run(bucket)
  await engine.close()
  return { loadMs, wrongFrames: checked.wrongFrames }
}

function flatness(looks: readonly MemoryLook[]) {
  const device = driftOf(looks.map(({ deviceUsedBytes }) => deviceUsedBytes))
  const host = driftOf(looks.map(({ hostBytes }) => hostBytes))
  const files = driftOf(looks.map(({ openFiles }) => openFiles))
  const threads = driftOf(looks.map(({ threads }) => threads))
  const from = 'from the middle third of the cycles to the last'
  return [
    check('device memory stays', device <= DEVICE_DRIFT_BYTES, `${mib(device)} MiB ${from}`),
    check('the process stays', host <= HOST_DRIFT_BYTES, `${mib(host)} MiB ${from}`),
    check('files and threads stay', files <= 0 && threads <= 0, `${files} files, ${threads} threads ${from}`),
  ]
}
