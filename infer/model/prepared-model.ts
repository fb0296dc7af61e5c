/** A model made ready for the engine: what `prepare` promises, and what engine, batcher and post-processing may rely on. */
import type { Precision } from '../../shared/model/model-name.js'
import type { Letterbox } from '../../shared/slab/info.js'
import type { PassReport } from './passes/pass.js'

/** In the order in which messages name them; a sidecar's `family` is one of them. */
export const familyNames = [
  'yolox',
  'yolox_decoded',
  'yolov5',
  'yolov8',
  'end_to_end',
  'damo_yolo',
  'nanodet',
  'nanodet_plus',
  'rtdetr',
  'rtdetr_ultralytics',
  'rtdetr_transformers',
] as const
export type FamilyName = (typeof familyNames)[number]

export { type Precision, precisions } from '../../shared/model/model-name.js'

/**
 * Input:  uint8 [N, heightPx · 3/2, widthPx], one I420 frame each: the rows of Y, then heightPx/4 rows that hold U
 *         (widthPx/2 × heightPx/2, packed), then as many that hold V. Exactly the bytes of a slot.
 * Output: float32 [N, maxCandidates, 6]: x1, y1, x2, y2 in input pixels, score, class index; by score, descending.
 */
export interface PreparedModel {
  /** As the operator calls it: `yolox-nano@int8`. Without an `@` it is in the plain precision of its device. */
  name: string
  /** SHA-256 of the source file, in hex. */
  digest: string
  /** Path of the prepared .onnx in the cache. */
  file: string
  family: FamilyName
  precision: Precision
  widthPx: number
  heightPx: number
  letterbox: Letterbox
  classes: string[]
  /** Detections below this are noise for this model, unless the operator says otherwise. */
  minScore: number
  /** `1`: the graph was exported for one frame a run, so the only bucket is 1. */
  batch: 'dynamic' | 1
  maxCandidates: number
  /** Whether boxes of one object repeat, so that suppression is needed. */
  nms: boolean
  inputName: string
  outputName: string
  /** What each pass did when it was prepared. */
  passes: readonly PassReport[]
}
