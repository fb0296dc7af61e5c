/** Enlarging a uint8 tensor to twice its rows and columns by copying: what ONNX Runtime's `Resize` takes a millisecond for takes a tenth of it so. */
import { stringAttribute } from '../onnx/attributes.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import type { Node } from '../onnx/proto.js'
import type { GraphIndex } from './graph-index.js'
import { isConvolution } from './operators.js'

/** Ways of choosing the nearest that all take each value twice, one after the other. */
const plainModes = new Set([
  'asymmetric floor',
  'asymmetric round_prefer_floor',
  'half_pixel round_prefer_floor',
  'pytorch_half_pixel round_prefer_floor',
])

/** How many channels the tensor has that a `Resize` doubles; null where it does something else. */
export function doubledChannels(node: Node, index: GraphIndex): number | null {
  if (node.opType !== 'Resize' || stringAttribute(node, 'mode', 'nearest') !== 'nearest') return null
  const place = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel')
  const nearest = stringAttribute(node, 'nearest_mode', 'round_prefer_floor')
  const scales = index.weight(node.input![2])?.data ?? []
  const isDouble = scales.length === 4 && [1, 1, 2, 2].every((scale, axis) => scales[axis] === scale)
  return isDouble && plainModes.has(`${place} ${nearest}`) ? channelsOf(node.input![0]!, index) : null
}

/**
 *   [N, C, H, W] ► [N, H, W, C] ► each pixel twice: [N, H, W, 2C] ► each row twice: [N, H, 2W, 2C] ► [N, 2H, 2W, C] ► [N, C, 2H, 2W]
 *
 * The runtime keeps int8 tensors channels last anyway: the first and the last step cost nothing.
 */
export function addDoubling(editor: GraphEditor, input: string, channels: number): string {
  const pixels = editor.node('Transpose', [input], { perm: [0, 2, 3, 1] })
  const wide = editor.node('Concat', [pixels, pixels], { axis: 3 })
  const tall = editor.node('Concat', [wide, wide], { axis: 2 })
  return editor.node('Transpose', [editor.reshape(tall, [0, -1, 0, channels])], { perm: [0, 3, 1, 2] })
}

/** Of the convolution that it comes from, through what changes no channels. */
function channelsOf(name: string, index: GraphIndex): number | null {
  const maker = index.maker(name)
  if (!maker) return null
  if (isConvolution(maker, index)) return index.weight(maker.input![1])!.dims[0]!
  const keeps = ['Add', 'LeakyRelu', 'MaxPool', 'Mul', 'Relu', 'Sigmoid'].includes(maker.opType!)
  return keeps ? channelsOf(maker.input![0]!, index) : null
}
