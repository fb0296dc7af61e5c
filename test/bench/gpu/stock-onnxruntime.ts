/**
 * A rival: onnxruntime-node on CUDA as its JavaScript API offers it. Prints JSON rows. Two ways in:
 * the model file with float32 pictures, and our prepared fp16 graph with I420 frames (uint8; candidates out).
 */
import { parseArgs } from 'node:util'
import ort from 'onnxruntime-node'
import { median, quantile } from './outcome.js'
import type { Row } from './throughput-row.js'

const { values } = parseArgs({
  options: {
    size: { type: 'string' },
    batches: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '2' },
    source: { type: 'string', default: '' },
    prepared: { type: 'string', default: '' },
    provider: { type: 'string', default: 'cuda' },
  },
})
const SIDE_PX = 640
const WARM_RUNS = 5

/** Grain: zeros would run faster than pictures do. */
const byteAt = (i: number): number => Math.imul(i, 0x9e3779b1) >>> 24

type Input = (batch: number) => Record<string, ort.Tensor>

const floats: Input = batch => {
  const data = new Float32Array(batch * 3 * SIDE_PX * SIDE_PX)
  for (let i = 0; i < data.length; i++) data[i] = byteAt(i) / 255
  return { images: new ort.Tensor('float32', data, [batch, 3, SIDE_PX, SIDE_PX]) }
}
const i420: Input = batch => {
  const data = new Uint8Array((batch * 3 * SIDE_PX * SIDE_PX) / 2)
  for (let i = 0; i < data.length; i++) data[i] = byteAt(i)
  return { i420: new ort.Tensor('uint8', data, [batch, (3 * SIDE_PX) / 2, SIDE_PX]) }
}

const rows = [
  ...(await measure('onnxruntime-node, float32 in', values.source, floats)),
  ...(await measure('onnxruntime-node, I420 in, fp16', values.prepared, i420)),
]
console.log(JSON.stringify(rows))
process.exit(0)

async function measure(who: string, file: string, input: Input): Promise<Omit<Row, 'size'>[]> {
  const session = await ort.InferenceSession.create(file, { executionProviders: [values.provider] })
  const measured: Omit<Row, 'size'>[] = []
  for (const batch of values.batches.split(',').map(Number))
    measured.push({ who, ...(await time(session, input(batch), batch)) })
  await session.release()
  return measured
}

async function time(session: ort.InferenceSession, feeds: Record<string, ort.Tensor>, batch: number) {
  for (let run = 0; run < WARM_RUNS; run++) await session.run(feeds)
  const times: number[] = []
  const startedAt = performance.now()
  while (performance.now() - startedAt < Number(values.seconds) * 1000) {
    const at = performance.now()
    await session.run(feeds)
    times.push(performance.now() - at)
  }
  const tookS = (performance.now() - startedAt) / 1000
  const imagesPerSecond = (times.length * batch) / tookS
  return { batch, imagesPerSecond, p50Ms: median(times), p99Ms: quantile(times, 0.99) }
}
