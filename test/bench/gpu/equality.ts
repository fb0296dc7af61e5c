/**
 * `node dist/test/bench/gpu/equality.js FOLDER [MODEL…]`: what the cuda engine finds on labelled frames against what the CPU engine
 * finds on the very same, in fp16 and fp32, and the accuracy of each. FOLDER is what `pack-data.js` wrote. `--against onnxruntime`
 * holds the CPU engine against itself, in full batches: to try the program.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { loadConfig } from '../../../config/load.js'
import type { Engine } from '../../../infer/engine/engine.js'
import { OnnxruntimeEngine } from '../../../infer/engine/onnxruntime/engine.js'
import { evaluate } from '../../../infer/model/accuracy/evaluate.js'
import type { PreparedModel } from '../../../infer/model/prepared-model.js'
import { VALUES_PER_CANDIDATE } from '../../../infer/postprocess/candidates.js'
import { detectionsOf } from '../../../infer/postprocess/detections.js'
import { createTempSlab } from '../../tools/temp-slab.js'
import { type Compared, compare, type Verdict } from './equal-detections.js'
import { openGpu } from './gpu-host.js'
import { type Check, check, end, judged, tableOf, writeJson } from './outcome.js'
import { type PackedModel, prepareIn, readPacked } from './packed.js'

const { values, positionals } = parseArgs({
  options: { against: { type: 'string', default: 'cuda' } },
  allowPositionals: true,
})
const [folder = '.', ...names] = positionals
const BUCKET = 8
/** For the accuracy alone. */
const JUDGED = { minScore: 0.001, maxIou: 0.65 }
const { nmsIou } = loadConfig({}).model
const onGpu = values.against === 'cuda'
const gpu = onGpu ? openGpu() : null
const verdicts: readonly Verdict[] = ['equal', 'threshold', 'suppression', 'different']

/** Reference first; the same graph on both sides is judged, what fp16 itself changes is shown. */
const pairs = [
  ['cpu fp16', 'gpu fp16', true],
  ['cpu fp32', 'gpu fp32', true],
  ['cpu fp32', 'gpu fp16', false],
  ['cpu fp32', 'cpu fp16', false],
] as const

await end(async () => {
  const rows: (string | number)[][] = []
  const accuracies: string[][] = []
  const checks: Check[] = []
  const written: unknown[] = []
  for (const packed of readPacked(folder).filter(({ name }) => names.length === 0 || names.includes(name))) {
    const found = await findAll(packed)
    for (const [key, { model, frames }] of found)
      accuracies.push([packed.name, key, ...accuracy(packed, model, frames)])
    for (const [other, own, isJudged] of pairs) {
      const compared = compareAll(found.get(own)!, found.get(other)!)
      rows.push([
        packed.name,
        `${own} against ${other}`,
        ...verdicts.map(verdict => count(compared, verdict)),
      ])
      const different = compared.filter(({ verdict }) => verdict === 'different')
      written.push({ model: packed.name, own, other, compared })
      for (const each of different)
        console.log(`${packed.name}, ${own} against ${other}:`, JSON.stringify(each))
      const seen = `${count(compared, 'equal')} of ${compared.length} equal, ${different.length} different`
      if (isJudged) checks.push(check(`${packed.name}, ${own} against ${other}`, isSame(compared), seen))
    }
  }
  writeJson('equality', written)
  console.log(tableOf(['model', 'engines', ...verdicts], rows))
  console.log(tableOf(['model', 'engine', 'mAP@50', 'mAP@50:95'], accuracies))
  return judged(checks)
})

type Found = { model: PreparedModel; frames: Float32Array[] }

async function findAll(packed: PackedModel): Promise<Map<string, Found>> {
  const found = new Map<string, Found>()
  for (const precision of ['fp32', 'fp16'] as const) {
    const model = await prepareIn(folder, packed, precision)
    for (const where of ['cpu', 'gpu'] as const) {
      const engine = where === 'gpu' && gpu ? gpu.createEngine() : new OnnxruntimeEngine()
      const bucket = where === 'gpu' && model.batch === 'dynamic' ? BUCKET : 1
      found.set(`${where} ${precision}`, { model, frames: await candidatesOf(engine, model, packed, bucket) })
    }
  }
  return found
}

/** @returns float32 [maxCandidates, 6] of each picture. */
async function candidatesOf(
  engine: Engine,
  model: PreparedModel,
  packed: PackedModel,
  bucket: number,
): Promise<Float32Array[]> {
  const { widthPx, heightPx, maxCandidates } = model
  const temp = createTempSlab({ slotCount: bucket, rowCount: 1, widthPx, heightPx })
  const file = fs.openSync(path.join(folder, packed.frames), 'r')
  try {
    const { notes } = await engine.load(model, temp.path, {
      buckets: [bucket],
      threads: Math.min(16, os.availableParallelism()),
    })
    for (const note of notes) console.log(`${model.name}: ${note}`)
    const found: Float32Array[] = []
    while (found.length < packed.pictures.length) {
      const slots = Array.from(
        { length: Math.min(bucket, packed.pictures.length - found.length) },
        (_, i) => i,
      )
      for (const slot of slots) fs.readSync(file, temp.slab.pixels(slot))
      const { candidates } = await engine.run({ bucket, slots }, () => undefined)
      const perFrame = maxCandidates * VALUES_PER_CANDIDATE
      for (const i of slots) found.push(candidates.slice(i * perFrame, (i + 1) * perFrame))
    }
    return found
  } finally {
    fs.closeSync(file)
    await engine.close()
    temp.close()
  }
}

function compareAll(own: Found, other: Found): (Compared & { picture: number })[] {
  const maxIou = own.model.nms ? nmsIou : 1
  return own.frames.flatMap((frame, picture) =>
    [
      ...compare(frame, other.frames[picture]!, maxIou),
      ...lacking(frame, other.frames[picture]!, maxIou),
    ].map(each => ({ ...each, picture })),
  )
}

/** What the other side found and this one did not; what both have is counted already. */
function lacking(own: Float32Array, other: Float32Array, maxIou: number): Compared[] {
  return compare(other, own, maxIou).filter(({ verdict }) => verdict !== 'equal')
}

function count(compared: readonly Compared[], verdict: Verdict): number {
  return compared.filter(each => each.verdict === verdict).length
}

function isSame(compared: readonly Compared[]): boolean {
  return count(compared, 'equal') > 0 && count(compared, 'different') === 0
}

function accuracy(
  { pictures }: PackedModel,
  model: PreparedModel,
  frames: readonly Float32Array[],
): string[] {
  const settings = { ...JUDGED, maxIou: model.nms ? JUDGED.maxIou : 1 }
  const { map50, map } = evaluate(
    pictures.map(({ truths, sourceWidthPx, sourceHeightPx }, seq) => {
      const source = { widthPx: sourceWidthPx, heightPx: sourceHeightPx }
      const frame = { stream: 'equality', epoch: 1, seq, source }
      return { truths, found: detectionsOf(frames[seq]!, 0, frame, model, settings) }
    }),
  )
  return [map50, map].map(share => ((share ?? Number.NaN) * 100).toFixed(2))
}
