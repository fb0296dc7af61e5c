/** What a pass is: one step of the rewriting, that changes a model in place. */
import type { Model } from '../onnx/proto.js'
import type { Precision } from '../prepared-model.js'
import type { Calibration } from '../quantize/calibration.js'
import type { ModelSpec } from '../spec.js'

export interface PrepareOptions {
  precision: Precision
  /** What the graph shall be fast on. */
  device: 'cpu' | 'gpu'
  /** Most candidates a frame; a head of fewer rows gives as many as it has. */
  maxCandidates: number
  /** Of this very model: what int8 needs, and other precisions leave alone. */
  calibration?: Calibration
}

export interface PassContext {
  /** Names the source in errors. */
  file: string
  spec: ModelSpec
  options: PrepareOptions
}

/** What a pass did to a graph: for people. */
export interface PassReport {
  /** `name@version` */
  pass: string
  nodesBefore: number
  nodesAfter: number
  /** Numbers in its weights. */
  parametersBefore: number
  parametersAfter: number
  ms: number
}

export interface Pass {
  name: string
  /** Raise it whenever the pass changes what it writes: prepared files are cached by it. */
  version: number
  /** @throws RingsideError `model_invalid` where the model does not allow the step. */
  apply(model: Model, context: PassContext): void
}
