/** Small valid models to mutate: an export of each family, and one with what exporters leave in graphs. */
import { GraphEditor } from '../../../infer/model/onnx/graph-editor.js'
import { AttributeProto, type Model } from '../../../infer/model/onnx/proto.js'
import { contracts } from '../contracts.js'
import { syntheticModel } from '../synthetic-model.js'

const size = { widthPx: 32, heightPx: 32 }

export function seedModels(): Model[] {
  const families = contracts.map(contract => {
    const head = contract.make({ ...size, classCount: 2 })
    return syntheticModel({ opset: 13, ...size, ...head })
  })
  const first = contracts[0]!.make({ ...size, classCount: 1 })
  const single = syntheticModel({ opset: 17, batch: 1, ...size, ...first })
  return [...families, withLeftovers(single)]
}

/** Constants, identities and arithmetic of shapes behind the graph's output: all of it is read by the passes. */
function withLeftovers(model: Model): Model {
  const graph = model.graph!
  const editor = new GraphEditor(graph, 17, 'leftover')
  const two = editor.node('Concat', [editor.ints([2]), editor.ints([3])], { axis: 0 })
  const square = editor.node('Mul', [two, two])
  const part = editor.slice(square, 0, 0, 1)
  const filled = editor.node('ConstantOfShape', [part])
  const turned = editor.node('Transpose', [editor.reshape(filled, [1, -1])], { perm: [1, 0] })
  const kept = editor.node('Identity', [editor.node('Cast', [turned], { to: 1 })])
  editor.node('Pow', [kept, editor.floats([2], [])])
  const value = { dataType: 1, dims: [2], floatData: [1, 2] }
  const attribute = [{ name: 'value', type: AttributeProto.AttributeType.TENSOR, t: value }]
  const constant = { opType: 'Constant', name: 'c', input: [], output: ['leftover constant'], attribute }
  graph.node!.push(constant, ...editor.nodes)
  const own = (name: string) => name.replace(/^ringside\//, 'own/')
  for (const node of graph.node!) {
    node.input = node.input!.map(own)
    node.output = node.output!.map(own)
  }
  for (const tensor of graph.initializer!) tensor.name = own(tensor.name!)
  return model
}
