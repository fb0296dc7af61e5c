/** How many channels (axis 1) a tensor [N, C, anchors] has, where the graph says so. */
import { intAttribute } from '../../onnx/attributes.js'
import type { GraphIndex } from '../../quantize/graph-index.js'

const ELEMENTWISE = new Set(['Add', 'Sub', 'Mul', 'Div'])

/** Null where nothing says it. */
export function channelsOf(index: GraphIndex, name: string): number | null {
  const weight = index.weight(name)
  if (weight) return weight.dims.length > 1 ? weight.dims.at(-2)! : 1
  const node = index.maker(name)
  if (node?.opType === 'Sigmoid') return channelsOf(index, node.input![0]!)
  if (node && ELEMENTWISE.has(node.opType!)) return most(node.input!.map(input => channelsOf(index, input)))
  if (node?.opType === 'Reshape') return positive(index.weight(node.input![1])?.data[1])
  if (node?.opType === 'Slice') return sliceOf(index, name)?.length ?? null
  if (node?.opType !== 'Concat') return null
  const parts = node.input!.map(input => channelsOf(index, input))
  return intAttribute(node, 'axis', 0) === 1 ? sum(parts) : most(parts)
}

export interface ChannelSlice {
  input: string
  from: number
  length: number
}

/** What a slice along axis 1, by constants, step 1, takes of its input; null where the maker is none. */
export function sliceOf(index: GraphIndex, name: string): ChannelSlice | null {
  const node = index.maker(name)
  if (node?.opType !== 'Slice') return null
  const [from, to, axis, step] = [1, 2, 3, 4].map(i => index.weight(node.input![i])?.data)
  if (from?.length !== 1 || to?.length !== 1 || axis?.[0] !== 1 || (node.input![4] && step?.[0] !== 1))
    return null
  if (from[0]! < 0 || to[0]! <= from[0]!) return null
  return { input: node.input![0]!, from: from[0]!, length: to[0]! - from[0]! }
}

function positive(value: number | undefined): number | null {
  return value !== undefined && value > 0 ? value : null
}

function sum(parts: readonly (number | null)[]): number | null {
  return parts.includes(null) ? null : parts.reduce<number>((all, part) => all + part!, 0)
}

function most(parts: readonly (number | null)[]): number | null {
  return parts.includes(null) ? null : Math.max(...(parts as number[]))
}
