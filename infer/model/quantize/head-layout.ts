/** Puts the parts of a head together channels last, where the next step wants them so: then no transposition of the whole is left. */
import { intAttribute, intsAttribute } from '../onnx/attributes.js'
import { GraphEditor } from '../onnx/graph-editor.js'
import type { Graph, Node } from '../onnx/proto.js'
import { GraphIndex } from './graph-index.js'
import { isConvolution } from './operators.js'

interface Level {
  /** Of [N, channels, H, W], put behind one another along the channels. */
  concat: Node
  reshape: Node
  channels: number
}

/**
 * YOLOX ends so, for each of its levels, and then all levels together:
 *
 *   Concat (channels) ► Reshape [N, C, H·W] ► Concat (places) ► Transpose [N, places, C]
 *
 * and from here on so, which the runtime does without a transposition, since int8 convolutions give channels last:
 *
 *   Transpose each [N, H, W, ·] ► Concat (channels) ► Reshape [N, H·W, C] ► Concat (places)
 *
 * @returns whether the graph ended so.
 */
export function headChannelsLast(graph: Graph, opset: number): boolean {
  const index = new GraphIndex(graph)
  const [head] = graph.node!.flatMap(node => headEndingIn(node, index) ?? [])
  if (!head) return false
  const { end, places, levels } = head
  const editor = new GraphEditor(graph, opset, 'head')
  const parts = levels.map(level => addLevel(editor, level))
  editor.append('Concat', parts, end.output!, { axis: 1 })
  const replaced = new Set([places, ...levels.flatMap(({ concat, reshape }) => [concat, reshape])])
  graph.node = graph.node!.flatMap(node => {
    if (node === end) return editor.nodes
    return replaced.has(node) ? [] : [node]
  })
  return true
}

interface HeadEnd {
  end: Node
  places: Node
  levels: readonly Level[]
}

function headEndingIn(end: Node, index: GraphIndex): HeadEnd | null {
  if (end.opType !== 'Transpose' || intsAttribute(end, 'perm').join() !== '0,2,1') return null
  const places = index.maker(end.input![0]!)
  if (!places || !isConcatAlong(places, 2) || !isAlone(places, index)) return null
  const levels = places.input!.map(name => levelOf(name, index))
  return levels.every(level => level !== null) ? { end, places, levels } : null
}

function addLevel(editor: GraphEditor, { concat, channels }: Level): string {
  const parts = concat.input!.map(name => editor.node('Transpose', [name], { perm: [0, 2, 3, 1] }))
  return editor.reshape(editor.node('Concat', parts, { axis: 3 }), [0, -1, channels])
}

function levelOf(name: string, index: GraphIndex): Level | null {
  const reshape = index.maker(name)
  const concat = reshape?.opType === 'Reshape' ? index.maker(reshape.input![0]!) : undefined
  if (!reshape || !concat || !isConcatAlong(concat, 1)) return null
  const [batch, channels, rest, ...more] = index.weight(reshape.input![1])?.data ?? []
  const isFlat = batch !== undefined && batch >= 0 && channels! > 0 && rest !== undefined && more.length === 0
  const isOwn = [reshape, concat].every(node => isAlone(node, index))
  const isOfConvolutions = concat.input!.every(input => isOfConvolution(input, index))
  return isFlat && isOwn && isOfConvolutions ? { concat, reshape, channels: channels! } : null
}

function isConcatAlong(node: Node, axis: number): boolean {
  return node.opType === 'Concat' && intAttribute(node, 'axis', 0) === axis
}

/** So that four axes are certain. */
function isOfConvolution(name: string, index: GraphIndex): boolean {
  const maker = index.maker(name)
  if (maker?.opType === 'Sigmoid') return isOfConvolution(maker.input![0]!, index)
  return !!maker && isConvolution(maker, index)
}

function isAlone({ output }: Node, index: GraphIndex): boolean {
  return index.readers(output![0]!).length === 1 && !index.isOutput(output![0]!)
}
