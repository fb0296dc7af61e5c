/** Pass: boxes and scores are decoded for the best anchors only, where the export decodes all of them. */
import { hasAttribute, intAttribute, intsAttribute } from '../../onnx/attributes.js'
import { GraphEditor } from '../../onnx/graph-editor.js'
import type { Graph, Node } from '../../onnx/proto.js'
import { GraphIndex } from '../../quantize/graph-index.js'
import type { Pass } from '../pass.js'
import { channelsOf, sliceOf } from './channels.js'
import { LateGather } from './late-gather.js'

/** Softmax of before opset 13 flattens what is behind its axis: there the rebuilt one would not be the same. */
const LEAST_OPSET = 13

export const lateDecode: Pass = {
  name: 'late-decode',
  version: 1,
  apply({ graph }, { spec, options }): void {
    if (spec.opset < LEAST_OPSET || spec.head.outputs.length !== 1) return
    scoreBeforeSigmoid(graph!)
    gatherBeforeDecoding(graph!, spec.opset, spec.head.rows, Math.min(options.maxCandidates, spec.head.rows))
  },
}

/** max(sigmoid(x)) = sigmoid(max(x)): the sigmoid of one class an anchor instead of all; nothing is lost, for it only rises. */
function scoreBeforeSigmoid(graph: Graph): void {
  const index = new GraphIndex(graph)
  const best = graph.node!.find(node => node.opType === 'ReduceMax' && isAlongChannels(index, node))
  const sigmoid = best && index.maker(partOf(index, best.input![0]!))
  if (sigmoid?.opType !== 'Sigmoid') return
  const logit = `${best!.output![0]}/logit`
  const score: Node = {
    opType: 'Sigmoid',
    name: `${best!.name}/sigmoid`,
    input: [logit],
    output: [...best!.output!],
    attribute: [],
  }
  best!.input = [sigmoid.input![0]!, ...best!.input!.slice(1)]
  best!.output = [logit]
  graph.node!.splice(graph.node!.indexOf(best!) + 1, 0, score)
}

function isAlongChannels(index: GraphIndex, node: Node): boolean {
  const axes = hasAttribute(node, 'axes')
    ? intsAttribute(node, 'axes')
    : [...(index.weight(node.input![1])?.data ?? [])]
  return axes.length === 1 && axes[0] === 1
}

/** A slice that takes one whole part of a concatenation along channels is that part. */
function partOf(index: GraphIndex, name: string): string {
  const slice = sliceOf(index, name)
  const concat = slice && index.maker(slice.input)
  if (concat?.opType !== 'Concat' || intAttribute(concat, 'axis', 0) !== 1) return name
  let from = 0
  for (const part of concat.input!) {
    const channels = channelsOf(index, part)
    if (channels === null) return name
    if (from === slice!.from && channels === slice!.length) return part
    from += channels
  }
  return name
}

/** Our own gathering of the columns of the best anchors, put before what decodes them. */
function gatherBeforeDecoding(graph: Graph, opset: number, anchors: number, count: number): void {
  const index = new GraphIndex(graph)
  const gather = graph.node!.find(
    node => node.opType === 'GatherElements' && intAttribute(node, 'axis', 0) === 2,
  )
  const tile = gather && index.maker(gather.input![1]!)
  if (tile?.opType !== 'Tile') return
  const editor = new GraphEditor(graph, opset, 'late')
  const late = new LateGather(index, editor, tile.input![0]!, anchors, count)
  const columns = late.columnsOf(gather!.input![0]!)
  if (!columns) return
  editor.append('Identity', [columns], gather!.output!)
  graph.node = graph.node!.flatMap(node => (node === gather ? editor.nodes : [node]))
}
