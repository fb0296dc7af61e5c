/** Runs a model over labelled frames and says how accurate it was. */

import type { Detector } from '../../infer/evaluate/detector.js'
import { type Accuracy, evaluate } from '../../infer/model/accuracy/evaluate.js'
import type { Judged } from '../../infer/model/accuracy/judged.js'
import type { NmsSettings } from '../../infer/postprocess/nms.js'
import type { LabelledFrame } from './labelled-frames.js'
import { median } from './quantile.js'

export interface Verdict {
  accuracy: Accuracy
  frames: number
  detections: number
  /** Median of the engine's runs. */
  inferMs: number
}

/** A verdict for each of the detectors, all of one input; each frame is decoded once. */
export async function judge(
  detectors: readonly Detector[],
  frames: AsyncIterable<LabelledFrame>,
  nms: NmsSettings,
  onFrame: (count: number) => void,
): Promise<Verdict[]> {
  const judged = detectors.map((): Judged[] => [])
  const inferMs = detectors.map((): number[] => [])
  let count = 0
  for await (const { frame, truths } of frames) {
    for (const [i, detector] of detectors.entries()) {
      const result = await detector.detect(frame, { ...nms, maxIou: detector.model.nms ? nms.maxIou : 1 })
      judged[i]!.push({ truths, found: result.detections })
      inferMs[i]!.push(result.inferMs)
    }
    onFrame(++count)
  }
  return judged.map((pictures, i) => ({
    accuracy: evaluate(pictures),
    frames: pictures.length,
    detections: pictures.reduce((sum, { found }) => sum + found.length, 0),
    inferMs: median(inferMs[i]!),
  }))
}
