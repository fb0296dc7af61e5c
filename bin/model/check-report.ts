/** What `ringside model check` says: as JSON, and as lines for people. */
import type { Accuracy } from '../../infer/model/accuracy/evaluate.js'
import type { PreparedModel } from '../../infer/model/prepared-model.js'
import type { NmsSettings } from '../../infer/postprocess/nms.js'
import { table } from '../output/table.js'
import type { Verdict } from './judge.js'
import type { LabelledFrames } from './labelled-frames.js'

export interface CheckResult extends Omit<Accuracy, 'classes'> {
  model: string
  family: string
  precision: string
  input: { widthPx: number; heightPx: number }
  labels: { format: string; path: string; pictures: number; unknownClasses: string[] }
  minScore: number
  nmsIou: number | null
  maxCandidates: number
  detections: number
  /** What ran it, and where. */
  engine: string
  speed: { threads: number; inferMs: number; framesPerSecond: number }
  classes: { class: string; objects: number; map50: number | null; map: number | null }[]
}

interface CheckFacts {
  model: PreparedModel
  frames: LabelledFrames
  nms: NmsSettings
  verdict: Verdict
  /** Of the whole run, decoding included. */
  seconds: number
  threads: number
  engine: string
}

const SHOWN_CLASSES = 5

export function checkResultOf({
  model,
  frames,
  nms,
  verdict,
  seconds,
  threads,
  engine,
}: CheckFacts): CheckResult {
  const { classes, ...means } = verdict.accuracy
  return {
    model: model.name,
    family: model.family,
    precision: model.precision,
    input: { widthPx: model.widthPx, heightPx: model.heightPx },
    labels: {
      format: frames.dataset.format,
      path: frames.dataset.labels,
      pictures: verdict.frames,
      unknownClasses: frames.unknownClasses,
    },
    minScore: nms.minScore,
    nmsIou: model.nms ? nms.maxIou : null,
    maxCandidates: model.maxCandidates,
    detections: verdict.detections,
    ...means,
    engine,
    speed: { threads, inferMs: verdict.inferMs, framesPerSecond: verdict.frames / seconds },
    classes: classes.map(({ classId, objects, map50, map }) => ({
      class: model.classes[classId]!,
      objects,
      map50,
      map,
    })),
  }
}

export function checkReport(result: CheckResult): string {
  const { labels, speed, input } = result
  const suppression =
    result.nmsIou === null ? 'no suppression' : `suppression at an overlap of ${result.nmsIou}`
  const lines = [
    `${result.model} (${result.family}, ${result.precision}, ${input.widthPx}×${input.heightPx}) on ${labels.pictures} pictures, ${labels.format} labels of ${labels.path}`,
    `score ≥ ${result.minScore}, ${suppression}, at most ${result.maxCandidates} candidates a frame`,
    ...unknownLine(labels.unknownClasses),
    '',
    `mAP@50     ${points(result.map50)}`,
    `mAP@50:95  ${points(result.map)}   small ${points(result.mapSmall)}, medium ${points(result.mapMedium)}, large ${points(result.mapLarge)}`,
    `speed      ${speed.inferMs.toFixed(1)} ms a frame in the engine (median; ${result.engine}, ${speed.threads} threads), ${speed.framesPerSecond.toFixed(1)} frames/s with decoding`,
    '',
    ...classLines(result.classes),
  ]
  return lines.join('\n')
}

/** As papers print it: 0 … 100. */
export function points(share: number | null): string {
  return share === null ? '–' : (share * 100).toFixed(2)
}

function unknownLine(classes: readonly string[]): string[] {
  if (classes.length === 0) return []
  const some = classes.slice(0, SHOWN_CLASSES).join(', ') + (classes.length > SHOWN_CLASSES ? ', …' : '')
  return [`not judged: ${classes.length} labelled classes that the model does not know (${some})`]
}

function classLines(classes: CheckResult['classes']): string[] {
  const sorted = [...classes].sort((a, b) => (b.map ?? 0) - (a.map ?? 0))
  const many = sorted.length > 2 * SHOWN_CLASSES
  const row = (entry: CheckResult['classes'][number]) => [
    entry.class,
    String(entry.objects),
    points(entry.map50),
    points(entry.map),
  ]
  const rows = many
    ? [...sorted.slice(0, SHOWN_CLASSES).map(row), ['…'], ...sorted.slice(-SHOWN_CLASSES).map(row)]
    : sorted.map(row)
  return [table(['CLASS', 'OBJECTS', 'MAP@50', 'MAP@50:95'], rows)]
}
