/** What is known of a model before it is rewritten: its family and head, and what its input must look like. From the file's evidence, corrected by a sidecar. */
import type { Letterbox } from '../../shared/slab/info.js'
import type { Family, Head } from './families/family.js'
import { recogniseFamily } from './families/recognise.js'
import type { ModelEvidence } from './onnx/evidence.js'
import type { PixelFormat } from './passes/i420-input.js'

export interface ModelSpec {
  family: Family
  head: Head
  /** The image input. */
  inputName: string
  widthPx: number
  heightPx: number
  batch: 'dynamic' | 1
  opset: number
  letterbox: Letterbox
  pixels: PixelFormat
  minScore: number
  nms: boolean
  /** Named by the file or its sidecar. */
  classNames: string[] | null
}

/** @throws RingsideError `model_family_unknown`. */
export function specOf(evidence: ModelEvidence, file: string): ModelSpec {
  const { family, head } = recogniseFamily(evidence, file)
  const { inputName, widthPx, heightPx, batch, opset, classNames } = evidence
  const { letterbox, pixels, minScore, nms } = family
  return {
    family,
    head,
    inputName,
    widthPx,
    heightPx,
    batch,
    opset,
    letterbox,
    pixels,
    minScore,
    nms,
    classNames,
  }
}
