/** `node dist/test/bench/device/judge.js FOLDER OUT`: mAP and speed of what `run.js` brought back, a line a graph. */
import fs from 'node:fs'
import path from 'node:path'
import { evaluate } from '../../../infer/model/accuracy/evaluate.js'
import { detectionsOf } from '../../../infer/postprocess/detections.js'
import type { DeviceRun, PackedModel } from './packed.js'

const LEAST_SCORE = 0.001
const MAX_IOU = 0.65

const [folder, out] = process.argv.slice(2) as [string, string]
const read = <T>(file: string): T => JSON.parse(fs.readFileSync(file, 'utf8')) as T
const packed = read<PackedModel[]>(path.join(folder, 'packed.json'))
console.log('| model | precision | mAP@50 | mAP@50:95 | median ms of a bucket |')
console.log('| --- | --- | --- | --- | --- |')
for (const run of read<DeviceRun[]>(path.join(out, 'runs.json'))) console.log(lineOf(run))

function lineOf({ name, precision, candidates, runMs }: DeviceRun): string {
  const { pictures, graphs } = packed.find(each => each.name === name)!
  const { model } = graphs.find(each => each.precision === precision)!
  const bytes = fs.readFileSync(path.join(out, candidates))
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  const settings = { minScore: LEAST_SCORE, maxIou: model.nms ? MAX_IOU : 1 }
  const judged = pictures.map(({ truths, sourceWidthPx, sourceHeightPx }, i) => {
    const source = { widthPx: sourceWidthPx, heightPx: sourceHeightPx }
    const frame = { stream: name, epoch: 1, seq: i, source }
    return { truths, found: detectionsOf(values, i, frame, model, settings) }
  })
  const { map50, map } = evaluate(judged)
  const points = (share: number | null): string => ((share ?? Number.NaN) * 100).toFixed(2)
  const speeds = Object.entries(runMs).map(([bucket, times]) => `${bucket}: ${median(times).toFixed(2)}`)
  return `| ${name} | ${precision} | ${points(map50)} | ${points(map)} | ${speeds.join(', ')} |`
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!
}
