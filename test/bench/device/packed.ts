/** What travels to a machine with another device, and what comes back. */
import type { Truth } from '../../../infer/model/accuracy/judged.js'
import type { PreparedModel } from '../../../infer/model/prepared-model.js'

export interface PackedModel {
  name: string
  /** File of I420 frames, one after the other. */
  frames: string
  graphs: { precision: 'fp32' | 'fp16'; file: string; model: PreparedModel }[]
  pictures: { sourceWidthPx: number; sourceHeightPx: number; truths: Truth[] }[]
}

/** The candidates of a graph are float32, [pictures, maxCandidates, 6], in a file of their own. */
export interface DeviceRun {
  name: string
  precision: 'fp32' | 'fp16'
  candidates: string
  /** Bucket → milliseconds of each run; input and output in host memory, as the JavaScript API has them. */
  runMs: Record<number, number[]>
}
