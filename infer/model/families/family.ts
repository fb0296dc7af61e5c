/** What a family of detectors is: data on its input, evidence to know it by, the graph of its decoding, and a plain decoder to test that graph with. */
import type { Letterbox } from '../../../shared/slab/info.js'
import type { ModelEvidence } from '../onnx/evidence.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import type { PixelFormat } from '../passes/i420-input.js'
import type { FamilyName } from '../prepared-model.js'

/** What decoding needs to know of one model of the family. */
export interface HeadShape {
  widthPx: number
  heightPx: number
  classCount: number
}

/** x1, y1, x2, y2 in input pixels, score, class index. */
export type Candidate = [x1: number, y1: number, x2: number, y2: number, score: number, classId: number]

export interface Family {
  name: FamilyName
  letterbox: Letterbox
  pixels: PixelFormat
  minScore: number
  /** Its output, in words, for the message that a model fits no family. */
  expects: string
  /** The number of classes if the model is of this family, else what speaks against it. */
  recognise(evidence: ModelEvidence): number | string
  /** Adds the score of each anchor's best class: [N, anchors]. */
  addScores(editor: GraphEditor, output: string, shape: HeadShape): string
  /** Adds the decoding of the chosen anchors, `indices` [N, K]: corners [N, K, 4] and class index [N, K, 1]. */
  addBoxes(
    editor: GraphEditor,
    output: string,
    indices: string,
    shape: HeadShape,
  ): { corners: string; classIds: string }
  /** The same in plain TypeScript, for one image: every anchor, unsorted. */
  decode(output: Float32Array, shape: HeadShape): Candidate[]
}
