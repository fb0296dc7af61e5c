/** What `ringside model compare` says: one table, and which precision to take. */
import { mebibytes } from '../output/quantity.js'
import { table } from '../output/table.js'
import { points } from './check-report.js'
import { type Choice, choose } from './choice.js'
import type { Comparison, MeasuredVariant } from './compare.js'

/** @param maxLossPoints of mAP@50:95, 0 … 100. */
export function choiceOf({ variants }: Comparison, maxLossPoints: number): Choice {
  const candidates = variants.map(({ name, precision, speed, accuracy }) => ({
    name,
    precision,
    ratio: speed.ratio,
    map: accuracy.map ?? 0,
  }))
  return choose(candidates, maxLossPoints / 100)
}

export function compareReport(comparison: Comparison, choice: Choice): string {
  const { variants, missing, pictures, threads, minScore, nmsIou } = comparison
  const buckets = variants[0]!.speed.buckets.map(({ bucket }) => bucket)
  const header = [
    'MODEL',
    'FILE',
    'MEMORY',
    'P50',
    ...buckets.map(bucket => `×${bucket}`),
    'RATIO',
    'MAP@50',
    'MAP@50:95',
  ]
  const rows = variants.map(variant => row(variant, buckets))
  const suppression = nmsIou === null ? 'no suppression' : `suppression at ${nmsIou}`
  return [
    table(header, rows),
    ...missing.flatMap(({ name, reason, remedy }) => [
      `${name}: ${reason}`,
      ...(remedy ? [`  ${remedy}`] : []),
    ]),
    '',
    `MEMORY: the most that its engine took, all buckets allocated. P50: one frame, ${threads} threads. ×n: frames/s in batches of n.`,
    `RATIO: frames/s at the best batch against fp32, the median of rounds in turns. Accuracy: ${pictures} pictures, score ≥ ${minScore}, ${suppression}.`,
    '',
    `On this machine take ${choice.name}.`,
    ...choice.reasons.map(reason => `  ${reason}`),
  ].join('\n')
}

function row({ name, fileBytes, peakBytes, speed, accuracy }: MeasuredVariant, buckets: readonly number[]) {
  const at = (bucket: number) => speed.buckets.find(each => each.bucket === bucket)
  const least = speed.buckets[0]!
  return [
    name,
    mebibytes(fileBytes),
    mebibytes(peakBytes),
    `${least.runMs.toFixed(1)} ms`,
    ...buckets.map(bucket => at(bucket)?.framesPerSecond.toFixed(1) ?? '–'),
    speed.ratio.median.toFixed(2),
    points(accuracy.map50),
    points(accuracy.map),
  ]
}
