/** What a family of detectors is: data on its input, evidence to know it by, the graph of its decoding, and a plain decoder to test that graph with. */
import type { Letterbox } from '../../../shared/slab/info.js'
import type { ModelEvidence, TensorEvidence } from '../onnx/evidence.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import type { PixelFormat } from '../passes/i420-input.js'
import type { FamilyName } from '../prepared-model.js'

/** One output of the model. */
export type HeadOutput = TensorEvidence

/** An input beside the image, that the prepared graph feeds itself. */
export interface FixedInput {
  name: string
  /** For each image. */
  values: readonly number[]
  elemType: number
}

/** What decoding needs to know of one model of the family. */
export interface Head {
  widthPx: number
  heightPx: number
  classCount: number
  /** The outputs that decoding reads, in the order in which the family names them. */
  outputs: readonly HeadOutput[]
  /** Of the anchor grids, in the order of their rows; none where the head has queries or decoded boxes without a grid. */
  stridesPx: readonly number[]
  /** How many boxes the head scores: anchors or queries. */
  rows: number
  fixedInputs: readonly FixedInput[]
  /** Set where the graph can take one image a run only, whatever its input says. */
  batch?: 1
}

/** x1, y1, x2, y2 in input pixels, score, class index. */
export type Candidate = [x1: number, y1: number, x2: number, y2: number, score: number, classId: number]

export interface Family {
  name: FamilyName
  /** Raise it whenever its decoding or its defaults change: prepared files are cached by it. */
  version: number
  letterbox: Letterbox
  pixels: PixelFormat
  minScore: number
  /** Whether boxes of one object repeat, so that suppression is needed; end-to-end heads give each object once. */
  nms: boolean
  /** Its output, in words, for the message that a model fits no family. */
  expects: string
  /** The head if the model is of this family, else what speaks against it. */
  recognise(evidence: ModelEvidence): Head | string
  /** Adds the score of each row's best class: [N, rows]. */
  addScores(editor: GraphEditor, head: Head): string
  /** Adds the decoding of the chosen rows, `indices` [N, K]: corners [N, K, 4] in input pixels and class index [N, K, 1]. */
  addBoxes(editor: GraphEditor, indices: string, head: Head): { corners: string; classIds: string }
  /** The same in plain TypeScript, for one image: every row, unsorted. `outputs` are those of the head, in its order. */
  decode(outputs: readonly ArrayLike<number>[], head: Head): Candidate[]
}
