/** Which operators can run on halves: the inputs that share the type of their first output. Others stay as they are. */

/** Positions of the inputs that become halves; `all` for operators of one type throughout. Output 0 (of Split: each) becomes one too. */
export type HalfInputs = 'all' | readonly number[]

/** They compute: whether they do so on halves is chosen by evidence. */
export const computing: Readonly<Record<string, HalfInputs>> = {
  Abs: 'all',
  Add: 'all',
  AveragePool: 'all',
  BatchNormalization: 'all',
  Clip: 'all',
  Conv: 'all',
  ConvTranspose: 'all',
  Div: 'all',
  Elu: 'all',
  Erf: 'all',
  Exp: 'all',
  Gelu: 'all',
  Gemm: 'all',
  GlobalAveragePool: 'all',
  GlobalMaxPool: 'all',
  // The grid has a type of its own: positions need more digits than colours.
  GridSample: [0],
  HardSigmoid: 'all',
  HardSwish: 'all',
  InstanceNormalization: 'all',
  LayerNormalization: 'all',
  LeakyRelu: 'all',
  Log: 'all',
  MatMul: 'all',
  Max: 'all',
  MaxPool: 'all',
  Min: 'all',
  Mish: 'all',
  Mul: 'all',
  Neg: 'all',
  PRelu: 'all',
  Pow: 'all',
  Reciprocal: 'all',
  ReduceMean: [0],
  ReduceSum: [0],
  Relu: 'all',
  // Its scales and its region of interest are float32 always.
  Resize: [0],
  Sigmoid: 'all',
  Softmax: 'all',
  Softplus: 'all',
  Sqrt: 'all',
  Sub: 'all',
  Tanh: 'all',
}

/** They only move values: halves where what they move is halves, so that no cast stands on either side of them. */
export const moving: Readonly<Record<string, HalfInputs>> = {
  Concat: 'all',
  DepthToSpace: 'all',
  Expand: [0],
  Flatten: 'all',
  Gather: [0],
  GatherElements: [0],
  GatherND: [0],
  Identity: 'all',
  Pad: [0, 2],
  // The largest of some halves is one of them.
  ReduceMax: [0],
  ReduceMin: [0],
  Reshape: [0],
  Slice: [0],
  SpaceToDepth: 'all',
  Split: [0],
  Squeeze: [0],
  Tile: [0],
  Transpose: 'all',
  Unsqueeze: [0],
  Where: [1, 2],
}

export function halfInputsOf(opType: string): HalfInputs | undefined {
  return computing[opType] ?? moving[opType]
}

export function isHalfInput(inputs: HalfInputs, position: number): boolean {
  return inputs === 'all' || inputs.includes(position)
}
