/**
 * `node dist/test/bench/gpu/throughput.js`: YOLOv8n and YOLOv8s at 640, I420 in a slab to 300 candidates in host memory, uploads
 * included, beside stock onnxruntime-node and PyTorch on the same machine in the same run; ours again at the end, to see the drift.
 *
 *   --sizes n,s   --batches 1,8,32,64   --seconds 2   --rivals stock,eager,reduce-overhead,max-autotune-no-cudagraphs | none
 *   --engine cuda | onnxruntime (the CPU, to try the program)   --set key=value (of model.cuda; repeatable)
 */
import { spawnSync } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Engine } from '../../../infer/engine/engine.js'
import { OnnxruntimeEngine } from '../../../infer/engine/onnxruntime/engine.js'
import type { PreparedModel } from '../../../infer/model/prepared-model.js'
import { packageRoot } from '../../../shared/process/version.js'
import { CheckedBatches } from './checked-batches.js'
import { cudaOptionsOf, type GpuHost, openGpu } from './gpu-host.js'
import { type LoadResult, load } from './load.js'
import { check, end, judged, tableOf, writeJson } from './outcome.js'
import { fillSlab } from './slab-frames.js'
import type { Row } from './throughput-row.js'
import { yolov8Files } from './yolov8-files.js'

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: 'n,s' },
    batches: { type: 'string', default: '1,8,32,64' },
    seconds: { type: 'string', default: '2' },
    rivals: { type: 'string', default: 'stock,eager,reduce-overhead' },
    engine: { type: 'string', default: 'cuda' },
    models: { type: 'string', default: path.join(os.tmpdir(), 'ringside-yolov8') },
    set: { type: 'string', multiple: true, default: [] },
  },
})
const batches = values.batches.split(',').map(Number)
const seconds = Number(values.seconds)
const rivals = values.rivals === 'none' ? [] : values.rivals.split(',')

const gpu = values.engine === 'cuda' ? openGpu() : null
await end(async () => {
  const rows: Row[] = []
  let wrongFrames = 0
  for (const size of values.sizes.split(',') as ('n' | 's')[]) {
    const { source, prepared } = await yolov8Files(values.models, size)
    const model = gpu ? prepared.fp16 : prepared.fp32
    const first = await ours(size, model, gpu, '')
    const others = rivals.flatMap(rival => rivalRows(rival, size, source, prepared.fp16))
    const again = gpu ? await ours(size, model, gpu, ', again') : { rows: [], wrongFrames: 0 }
    rows.push(...first.rows, ...others, ...again.rows)
    wrongFrames += first.wrongFrames + again.wrongFrames
    writeJson('throughput', rows)
  }
  console.log(
    tableOf(
      ['YOLOv8', 'what', 'batch', 'images/s', 'p50 ms', 'p99 ms', 'note'],
      rows.map(({ size, who, batch, imagesPerSecond, p50Ms, p99Ms, note }) => {
        const figures = [imagesPerSecond.toFixed(0), p50Ms.toFixed(2), p99Ms?.toFixed(2) ?? '']
        return [size, who, batch, ...figures, note ?? '']
      }),
    ),
  )
  return judged([check('every result is that of its frame', wrongFrames === 0, `${wrongFrames} are not`)])
})

async function ours(size: string, model: PreparedModel, on: GpuHost | null, suffix: string) {
  const engine: Engine = on ? on.createEngine(cudaOptionsOf(values.set)) : new OnnxruntimeEngine()
  const slab = fillSlab(model, 3 * Math.max(...batches))
  try {
    const startedAt = performance.now()
    const info = await engine.load(model, slab.path, { buckets: batches, threads: os.availableParallelism() })
    console.error(`v8${size}: loaded in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`, info)
    const checked = new CheckedBatches(engine, model, slab)
    const results: LoadResult[] = []
    for (const bucket of batches.filter(each => info.runMs.has(each))) {
      for (const inFlight of new Set([1, info.maxInFlight])) {
        results.push(await load(checked, { bucket, inFlight, seconds }))
      }
    }
    const who = `${info.engine} (${info.provider})${suffix}`
    console.error('stats', engine.stats())
    return { rows: results.map(each => rowOf(size, who, each)), wrongFrames: checked.wrongFrames }
  } finally {
    await engine.close()
    slab.close()
  }
}

function rowOf(size: string, who: string, { bucket, inFlight, inferMs, ...figures }: LoadResult): Row {
  const { imagesPerSecond, p50Ms, p99Ms } = figures
  const note = `${inFlight} in flight, run ${inferMs.toFixed(2)} ms`
  return { size, who, batch: bucket, imagesPerSecond, p50Ms, p99Ms, note }
}

/** In a process of its own, ended before the next begins. What it printed last is JSON. */
function rivalRows(rival: string, size: string, source: string, prepared: PreparedModel): Row[] {
  const shared = ['--size', size, '--batches', values.batches, '--seconds', values.seconds]
  const [command, args] =
    rival === 'stock'
      ? [
          process.execPath,
          [here('./stock-onnxruntime.js'), ...shared, '--source', source, '--prepared', prepared.file],
        ]
      : ['python3', [path.join(packageRoot, 'test/bench/gpu/torch_yolov8.py'), ...shared, '--mode', rival]]
  const { status, stdout } = spawnSync(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 24,
  })
  const last = stdout?.toString().trim().split('\n').at(-1) ?? ''
  if (status === 0) return (JSON.parse(last) as Omit<Row, 'size'>[]).map(row => ({ size, ...row }))
  console.error(`${rival} ended with ${status}: ${last}`)
  return [{ size, who: rival, batch: 0, imagesPerSecond: 0, p50Ms: 0, note: `failed, exit code ${status}` }]
}

function here(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}
