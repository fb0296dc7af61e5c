/** The operators that are worked out while a model is prepared: those that exporters leave over constants. A new one is an entry here. */
import type { Node } from '../../onnx/proto.js'
import type { Values } from '../../onnx/tensor-data.js'
import { cast, combine, map } from './elementwise.js'
import { concat, filled, gather, reshape, shapeOf, slice, squeeze, transpose, unsqueeze } from './shapes.js'

/** Null where the operator cannot be worked out for these inputs; it then stays in the graph. An omitted input is null. */
export type Evaluator = (inputs: readonly (Values | null)[], node: Node) => Values | null

export const evaluators: Readonly<Record<string, Evaluator>> = {
  Abs: map(Math.abs),
  Add: combine((a, b) => a + b),
  Cast: cast,
  Concat: concat,
  ConstantOfShape: filled,
  Div: combine((a, b) => a / b),
  Gather: gather,
  Mul: combine((a, b) => a * b),
  Neg: map(a => -a),
  Pow: combine((a, b) => a ** b),
  Reshape: reshape,
  Shape: shapeOf,
  Slice: slice,
  Squeeze: squeeze,
  Sub: combine((a, b) => a - b),
  Transpose: transpose,
  Unsqueeze: unsqueeze,
}
