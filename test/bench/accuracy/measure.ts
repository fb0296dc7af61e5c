/** Accuracy of one model three ways: as its file stands with preprocessing of its own, as it stands on the frames of streams, and prepared. */

import { type LabelledFrame, labelledFrames } from '../../../bin/model/labelled-frames.js'
import { detectorSettings, prepareVariant } from '../../../bin/model/variant.js'
import type { Config } from '../../../config/schema.js'
import { OnnxruntimeEngine } from '../../../infer/engine/onnxruntime/engine.js'
import { Detector } from '../../../infer/evaluate/detector.js'
import { type Accuracy, evaluate } from '../../../infer/model/accuracy/evaluate.js'
import type { Found, Judged } from '../../../infer/model/accuracy/judged.js'
import { type PreparedModel, precisions } from '../../../infer/model/prepared-model.js'
import { toSourceBox } from '../../../infer/postprocess/source-box.js'
import { RingsideError } from '../../../shared/errors.js'
import { fitOf } from '../../../shared/frame/letterbox.js'
import { joinModelName } from '../../../shared/model/model-name.js'
import { floatInputOf } from '../../tools/i420.js'
import { PlainDetector, plainNms } from '../../tools/plain-detector.js'

/** As COCO's convention has it. */
const LEAST_SCORE = 0.001
const MAX_IOU = 0.65
/** As `check` has it, and as streams have it. */
const MANY_CANDIDATES = 1000
const FEW_CANDIDATES = 300

export interface MeasuredAccuracy {
  /** What ran, e.g. `fp32`. */
  way: string
  accuracy: Accuracy
}

type Way = (frame: LabelledFrame['frame']) => Promise<readonly Found[]>

/**
 * The first two are the original; the others are prepared, compared with the second: it saw the same pixels.
 * @param file of the model, which `name` finds too.
 */
export async function measureAccuracy(
  name: string,
  file: string,
  { images, limit }: { images: string; limit?: number },
  config: Config,
): Promise<MeasuredAccuracy[]> {
  const plain = await PlainDetector.load(file, 2)
  const prepared = await preparedOf(name, config)
  const detectors = await Promise.all(
    prepared.map(({ model }) =>
      Detector.open(model, new OnnxruntimeEngine(), { ...detectorSettings(model, config), buckets: [1] }),
    ),
  )
  try {
    const ways: [string, Way][] = [
      ['original, own preprocessing', frame => plain.detect(frame.file, LEAST_SCORE, MAX_IOU)],
      ['original, frames of streams', frame => onFrame(plain, frame)],
      ...detectors.map((detector, i): [string, Way] => [
        prepared[i]!.way,
        frame => withDetector(detector, frame),
      ]),
    ]
    const frames = await labelledFrames({ images, ...(limit && { limit }) }, prepared[0]!.model, config)
    return await judgeWays(ways, frames)
  } finally {
    await Promise.all(detectors.map(detector => detector.close()))
  }
}

async function judgeWays(ways: readonly [string, Way][], frames: AsyncIterable<LabelledFrame>) {
  const judged = ways.map((): Judged[] => [])
  for await (const { frame, truths } of frames) {
    for (const [i, [, way]] of ways.entries()) judged[i]!.push({ truths, found: await way(frame) })
  }
  return ways.map(([way], i) => ({ way, accuracy: evaluate(judged[i]!) }))
}

/** What cannot be made (int8 that was not calibrated) is left out. */
async function preparedOf(name: string, config: Config): Promise<{ way: string; model: PreparedModel }[]> {
  const wanted = [
    ...precisions.map(precision => ({ precision, maxCandidates: MANY_CANDIDATES })),
    { precision: 'fp32' as const, maxCandidates: FEW_CANDIDATES },
  ]
  const made: { way: string; model: PreparedModel }[] = []
  for (const { precision, maxCandidates } of wanted) {
    try {
      const model = await prepareVariant(joinModelName(name, precision), { maxCandidates }, config)
      made.push({
        way: maxCandidates === FEW_CANDIDATES ? `${precision}, ${FEW_CANDIDATES} candidates` : precision,
        model,
      })
    } catch (error) {
      if (precision !== 'int8' || !(error instanceof RingsideError)) throw error
      console.error(`${name}: ${error.message}`)
    }
  }
  return made
}

/** The model's own graph and plain decoding, of every row, on the pixels that the prepared graph sees. */
async function onFrame(plain: PlainDetector, frame: LabelledFrame['frame']): Promise<Found[]> {
  const { spec } = plain
  const input = floatInputOf(frame.pixels, spec, spec.pixels)
  const candidates = (await plain.candidates(input)).filter(candidate => candidate[4] >= LEAST_SCORE)
  const source = { widthPx: frame.sourceWidthPx, heightPx: frame.sourceHeightPx }
  const fit = fitOf(spec.letterbox, spec.widthPx, spec.heightPx, source.widthPx, source.heightPx)
  const kept = spec.nms ? plainNms(candidates, MAX_IOU) : candidates
  return kept.map(([x1, y1, x2, y2, score, classId]) => ({
    classId,
    score,
    box: toSourceBox([x1, y1, x2, y2], fit, source),
  }))
}

async function withDetector(detector: Detector, frame: LabelledFrame['frame']): Promise<readonly Found[]> {
  const settings = { minScore: LEAST_SCORE, maxIou: detector.model.nms ? MAX_IOU : 1 }
  return (await detector.detect(frame, settings)).detections
}
