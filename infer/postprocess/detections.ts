/** From a frame's candidates to its detections: suppression, mapping to the source frame, names, rounding. */
import type { Detection } from '../../shared/detection/message.js'
import { RingsideError } from '../../shared/errors.js'
import { fitOf } from '../../shared/frame/letterbox.js'
import type { PreparedModel } from '../model/prepared-model.js'
import { CLASS_ID, SCORE, VALUES_PER_CANDIDATE } from './candidates.js'
import { type NmsSettings, suppress } from './nms.js'
import { type SourceSize, toSourceBox } from './source-box.js'

/** The model that gave the candidates. */
export type DetectionModel = Pick<
  PreparedModel,
  'name' | 'widthPx' | 'heightPx' | 'letterbox' | 'classes' | 'maxCandidates'
>

/** The frame that they belong to. */
export interface DetectedFrame {
  stream: string
  epoch: number
  seq: number
  source: SourceSize
}

/**
 * @param values candidates of a whole batch.
 * @param index which frame of the batch.
 * @throws RingsideError `engine_failed` for numbers no model gives: the frame is to be dropped as `engine_error`.
 */
export function detectionsOf(
  values: Float32Array,
  index: number,
  frame: DetectedFrame,
  model: DetectionModel,
  settings: NmsSettings,
): Detection[] {
  const fit = fitOf(
    model.letterbox,
    model.widthPx,
    model.heightPx,
    frame.source.widthPx,
    frame.source.heightPx,
  )
  const start = index * model.maxCandidates * VALUES_PER_CANDIDATE
  check(values, start, model, settings.minScore)
  const detections: Detection[] = []
  for (const at of suppress(values, start, model.maxCandidates, settings)) {
    const classId = values[at + CLASS_ID]!
    const score = Math.round(values[at + SCORE]! * 1e4) / 1e4
    const box = toSourceBox(
      [values[at]!, values[at + 1]!, values[at + 2]!, values[at + 3]!],
      fit,
      frame.source,
    )
    // What lies in the padding alone is no part of the picture.
    if (box[2] <= box[0] || box[3] <= box[1]) continue
    const id = `${frame.stream}-${frame.epoch}-${frame.seq}-${detections.length}`
    const [x1, y1, x2, y2] = box.map(tenth) as typeof box
    detections.push({ id, classId, class: model.classes[classId]!, score, box: [x1, y1, x2, y2] })
  }
  return detections
}

/**
 * Every candidate that counts must be possible, those too that suppression would hide; and none that counts, nor a score that is
 * no number, may follow one that does not: an engine that breaks that order has gone wrong, whatever stands in its boxes.
 */
function check(values: Float32Array, start: number, model: DetectionModel, minScore: number): void {
  let counts = true
  for (let i = 0; i < model.maxCandidates; i++) {
    const at = start + i * VALUES_PER_CANDIDATE
    if (values[at + SCORE]! < minScore) counts = false
    else if (!counts || !isPossible(values, at, model.classes.length)) throw impossible(values, at, model)
  }
}

function isPossible(values: Float32Array, at: number, classCount: number): boolean {
  const [x1, y1, x2, y2] = [values[at]!, values[at + 1]!, values[at + 2]!, values[at + 3]!]
  const score = values[at + SCORE]!
  const classId = values[at + CLASS_ID]!
  const known = Number.isInteger(classId) && classId >= 0 && classId < classCount
  // What is no number is in no order either; what is endless has no size.
  return (
    known &&
    score >= 0 &&
    score <= 1 &&
    Number.isFinite(x2 - x1) &&
    Number.isFinite(y2 - y1) &&
    x1 <= x2 &&
    y1 <= y2
  )
}

function impossible(values: Float32Array, at: number, { name }: DetectionModel): RingsideError {
  const row = Array.from(values.subarray(at, at + VALUES_PER_CANDIDATE))
  return new RingsideError('engine_failed', `Model ${name} gave an impossible candidate: ${row}.`, {
    key: 'model.name',
    value: name,
    remedy: 'The frame is dropped. If it recurs, check the model with `ringside model ls`.',
  })
}

function tenth(valuePx: number): number {
  return Math.round(valuePx * 10) / 10
}
