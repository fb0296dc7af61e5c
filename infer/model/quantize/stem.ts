/** Folds the conversion of colours into the first convolution: it then reads the samples of a frame as they are. */
import { intAttribute } from '../onnx/attributes.js'
import { GraphEditor } from '../onnx/graph-editor.js'
import { elementType, type Graph } from '../onnx/proto.js'
import { writeTensor } from '../onnx/tensor-data.js'
import { INPUT_NAME } from '../passes/i420-input.js'
import type { ModelSpec } from '../spec.js'
import { GraphIndex } from './graph-index.js'
import { foldKernels, type Kernel, type Stem, type StemChannel } from './stem-kernels.js'

/** Y, U and V of black, which is the zero that the network pads its picture with. */
export const BLACK = { luma: 16, chroma: 128 } as const

/**
 * Where the image is read by one convolution of stride 2, or by one behind the four slices of a Focus:
 *
 *   Y [N, 1, H, W] ──────────── less black ► Conv, stride 2 ──┐
 *                                                             ├► Add
 *   U, V [N, 2, H/2, W/2] ───── less black ► Conv, stride 1 ──┘
 *
 * The weights take in the mixing of colours, so that nothing of the size of an RGB picture is made. What is lost is the
 * clipping of colours outside the RGB cube.
 * @param spec of the model; a mean other than zero makes another padding than black, and the graph stays as it is.
 * @returns whether the graph was of that form.
 */
export function foldStem(graph: Graph, spec: ModelSpec, opset: number): boolean {
  const index = new GraphIndex(graph)
  const stem = stemOf(index, spec.inputName)
  const kernels = stem && spec.pixels.mean.every(value => value === 0) ? foldKernels(index, stem, spec) : null
  if (!kernels) return false
  const { widthPx, heightPx } = spec
  const editor = new GraphEditor(graph, opset, 'stem')
  const luma = editor.reshape(editor.slice(INPUT_NAME, 1, 0, heightPx), [0, 1, heightPx, widthPx])
  const rest = editor.slice(INPUT_NAME, 1, heightPx, (heightPx * 3) / 2)
  const chroma = editor.reshape(rest, [0, 2, heightPx / 2, widthPx / 2])
  const sums = [
    convolve(editor, lessBlack(editor, graph, chroma, BLACK.chroma), kernels.chroma),
    convolve(editor, lessBlack(editor, graph, luma, BLACK.luma), kernels.luma),
  ]
  editor.append('Add', sums, stem!.node.output!)
  graph.node = graph.node!.flatMap(node => (node === stem!.node ? editor.nodes : [node]))
  return true
}

function lessBlack(editor: GraphEditor, graph: Graph, samples: string, black: number): string {
  const zero = `${editor.prefix}black_${black}`
  graph.initializer!.push(
    writeTensor(zero, { elemType: elementType.uint8, dims: [], data: Uint8Array.of(black) }),
  )
  return editor.node('DequantizeLinear', [samples, editor.floats([1], []), zero])
}

function convolve(editor: GraphEditor, input: string, { weights, dims, pads, stride, bias }: Kernel): string {
  const constants = [editor.floats(weights, dims), ...(bias ? [editor.floats(bias, [bias.length])] : [])]
  const strides = [stride, stride]
  return editor.node('Conv', [input, ...constants], { kernel_shape: dims.slice(2), pads, strides })
}

export function stemOf(index: GraphIndex, image: string): Stem | null {
  const [reader, another] = index.readers(image)
  if (reader?.opType !== 'Conv' || another) return focusOf(index, image)
  return { node: reader, step: 1, channels: coloursAt(0, 0) }
}

/** Focus, of YOLOX and early YOLOv5: every other row and column, four times, put behind one another. */
function focusOf(index: GraphIndex, image: string): Stem | null {
  const parts = halvesOf(index, image, { row: null, column: null })
  const [concat, another] = new Set(parts.flatMap(({ name }) => index.readers(name)))
  if (concat?.opType !== 'Concat' || another || intAttribute(concat, 'axis', 0) !== 1) return null
  const channels = concat.input!.flatMap(input => {
    const part = parts.find(({ name }) => name === input)
    return part ? coloursAt(part.row, part.column) : []
  })
  const [node, second] = index.readers(concat.output![0]!)
  return node?.opType === 'Conv' && !second ? { node, step: 2, channels } : null
}

function coloursAt(row: number, column: number): StemChannel[] {
  return [0, 1, 2].map(colour => ({ colour, row, column }))
}

interface Part {
  name: string
  row: number
  column: number
}

/** All tensors that hold every other row and every other column of one. */
function halvesOf(
  index: GraphIndex,
  name: string,
  taken: { row: number | null; column: number | null },
): Part[] {
  const { row, column } = taken
  if (row !== null && column !== null) return [{ name, row, column }]
  return index.readers(name).flatMap(node => {
    const [start, , axis, step] = node.input!.slice(1).map(input => index.weight(input)?.data)
    const isHalf = node.opType === 'Slice' && start?.length === 1 && step?.[0] === 2
    const [output] = node.output!
    if (isHalf && axis?.[0] === 2 && row === null)
      return halvesOf(index, output!, { ...taken, row: start[0]! })
    if (isHalf && axis?.[0] === 3 && column === null)
      return halvesOf(index, output!, { ...taken, column: start[0]! })
    return []
  })
}
