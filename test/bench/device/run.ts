/**
 * `node run.js PROVIDER FOLDER OUT`: runs packed graphs on the frames that came with them, e.g. on `cuda`, and times full buckets.
 * Bundled into one file, it needs onnxruntime-node and nothing else of ours.
 */
import fs from 'node:fs'
import path from 'node:path'
import ort from 'onnxruntime-node'
import type { DeviceRun, PackedModel } from './packed.js'

const BUCKETS = [1, 8, 32]
const WARM_RUNS = 10
const TIMED_RUNS = 40
const ROUNDS = 3

const [provider, folder, out] = process.argv.slice(2) as [string, string, string]
const runs: DeviceRun[] = []
for (const packed of JSON.parse(fs.readFileSync(path.join(folder, 'packed.json'), 'utf8')) as PackedModel[])
  runs.push(...(await runModel(packed)))
fs.writeFileSync(path.join(out, 'runs.json'), JSON.stringify(runs))

async function runModel({ name, frames, graphs }: PackedModel): Promise<DeviceRun[]> {
  const pixels = fs.readFileSync(path.join(folder, frames))
  const opened = await Promise.all(
    graphs.map(async ({ precision, file, model }) => ({
      model,
      session: await ort.InferenceSession.create(path.join(folder, file), { executionProviders: [provider] }),
      run: { name, precision, candidates: `${name}-${precision}.f32`, runMs: {} } as DeviceRun,
    })),
  )
  for (const each of opened) await detect(each, pixels)
  // Precisions take turns, so that what disturbs one disturbs the other.
  for (const bucket of BUCKETS)
    for (let round = 0; round < ROUNDS; round++) for (const each of opened) await time(each, bucket, pixels)
  return opened.map(({ run }) => run)
}

type Opened = { model: PackedModel['graphs'][0]['model']; session: ort.InferenceSession; run: DeviceRun }

function inputOf(
  { model }: Opened,
  pixels: Buffer,
  first: number,
  count: number,
): Record<string, ort.Tensor> {
  const rows = (model.heightPx * 3) / 2
  const bytes = rows * model.widthPx
  const data = Uint8Array.from(
    { length: count * bytes },
    (_, i) => pixels[(first * bytes + i) % pixels.length]!,
  )
  return { [model.inputName]: new ort.Tensor('uint8', data, [count, rows, model.widthPx]) }
}

async function detect(opened: Opened, pixels: Buffer): Promise<void> {
  const { model, session, run } = opened
  const count = pixels.length / ((model.heightPx * model.widthPx * 3) / 2)
  const file = fs.openSync(path.join(out, run.candidates), 'w')
  for (let i = 0; i < count; i++) {
    const output = (await session.run(inputOf(opened, pixels, i, 1)))[model.outputName]!
    fs.writeSync(file, new Uint8Array((output.data as Float32Array).buffer))
  }
  fs.closeSync(file)
}

async function time(opened: Opened, bucket: number, pixels: Buffer): Promise<void> {
  const { session, run } = opened
  const input = inputOf(opened, pixels, 0, bucket)
  for (let i = 0; i < WARM_RUNS; i++) await session.run(input)
  for (let i = 0; i < TIMED_RUNS; i++) {
    const startedMs = performance.now()
    await session.run(input)
    run.runMs[bucket] = [...(run.runMs[bucket] ?? []), performance.now() - startedMs]
  }
}
