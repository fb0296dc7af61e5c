/** A model made ready for the engine: what `prepare` promises, and what engine, batcher and post-processing may rely on. */
import type { Letterbox } from '../../shared/slab/info.js'

export type FamilyName = 'yolox' | 'yolov8'

/** Of weights and activations. The input stays uint8 and the candidates float32 in each. */
export const precisions = ['fp32', 'fp16', 'int8'] as const
export type Precision = (typeof precisions)[number]

/**
 * Input:  uint8 [N, heightPx · 3/2, widthPx], one I420 frame each: the rows of Y, then heightPx/4 rows that hold U
 *         (widthPx/2 × heightPx/2, packed), then as many that hold V. Exactly the bytes of a slot.
 * Output: float32 [N, maxCandidates, 6]: x1, y1, x2, y2 in input pixels, score, class index; by score, descending.
 */
export interface PreparedModel {
  /** As the operator calls it; a precision other than fp32 is part of it: `yolox-nano@int8`. */
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
}
