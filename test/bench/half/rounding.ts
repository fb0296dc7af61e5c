/**
 * Nodes whose inputs and outputs are rounded to half precision, and which compute in float32 between: what tensor cores do.
 * ONNX Runtime's CPU provider computes halves in float32 too, but drops most of the roundings between its nodes.
 */

import { GraphEditor } from '../../../infer/model/onnx/graph-editor.js'
import { floatsFromHalves, halvesFromFloats } from '../../../infer/model/onnx/half.js'
import { elementType, type Graph, type Node } from '../../../infer/model/onnx/proto.js'
import { readValues, writeTensor } from '../../../infer/model/onnx/tensor-data.js'
import { tensorTypes } from '../../../infer/model/onnx/tensor-types.js'
import { computing, isHalfInput } from '../../../infer/model/passes/fp16/operators.js'

/** 2^13 + 1: leaves 11 of the 24 digits of a float (Veltkamp's splitting). Its range is not a half's: overflow does not show. */
const SPLITTER = 8193

export function roundNodes(graph: Graph, chosen: ReadonlySet<Node>): void {
  const editor = new GraphEditor(graph, 0, 'rounding')
  const types = tensorTypes(graph)
  const weights = new Map(graph.initializer!.map(tensor => [tensor.name!, tensor]))
  const rounded = new Map<string, string>()
  const round = (name: string) => {
    const weight = weights.get(name)
    const made = rounded.get(name) ?? (weight ? roundWeight(graph, weight) : roundTensor(editor, name))
    rounded.set(name, made)
    return made
  }
  graph.node = graph.node!.flatMap(node => {
    const positions = chosen.has(node) ? computing[node.opType!] : undefined
    if (!positions) return [node]
    const isFloat = (name: string) => types.get(name) === elementType.float
    node.input = node.input!.map((name, i) =>
      isHalfInput(positions, i) && isFloat(name) ? round(name) : name,
    )
    const before = editor.nodes.splice(0)
    const output = node.output![0]!
    node.output = [`${output} unrounded`, ...node.output!.slice(1)]
    roundTensor(editor, node.output[0]!, output)
    rounded.set(output, output)
    return [...before, node, ...editor.nodes.splice(0)]
  })
}

function roundTensor(editor: GraphEditor, name: string, output?: string): string {
  const spread = editor.node('Mul', [name, editor.floats([SPLITTER], [])])
  const low = editor.node('Sub', [spread, name])
  if (!output) return editor.node('Sub', [spread, low])
  editor.append('Sub', [spread, low], [output])
  return output
}

function roundWeight(graph: Graph, weight: Parameters<typeof readValues>[0]): string {
  const values = readValues(weight)!
  const name = `${weight.name} rounded`
  const data = floatsFromHalves(halvesFromFloats(values.data))
  graph.initializer!.push(writeTensor(name, { ...values, data }))
  return name
}
