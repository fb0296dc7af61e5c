/** Mutations of a decoded model: what a hostile exporter could write that is still protobuf. */
import fc from 'fast-check'
import { type Graph, type Model, ModelProto, type Node } from '../../../infer/model/onnx/proto.js'

interface Edit {
  kind: number
  a: number
  b: number
  value: number
}

const oddNumbers = [-1, 0, 1, 2, 3, 31, 2 ** 20, 2 ** 31 - 1, 2 ** 31, 2 ** 40, 2 ** 53, -(2 ** 31)]
const opTypes = [
  ...[
    'Add',
    'Cast',
    'Concat',
    'Constant',
    'ConstantOfShape',
    'Conv',
    'Expand',
    'Flatten',
    'Gather',
    'Identity',
  ],
  ...[
    'If',
    'Loop',
    'MatMul',
    'Mul',
    'Pow',
    'Reshape',
    'Resize',
    'Scan',
    'Shape',
    'Slice',
    'Softmax',
    'Split',
  ],
  ...['Squeeze', 'Sub', 'Tile', 'TopK', 'Transpose', 'Unsqueeze', 'NoSuchOperator', ''],
]

export function modelMutants(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({
    kind: fc.nat(edits.length - 1),
    a: fc.nat(1000),
    b: fc.nat(1000),
    value: fc.constantFrom(...oddNumbers),
  })
  return fc
    .tuple(fc.nat(seeds.length - 1), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([seed, list]) => {
      const model = ModelProto.decode(seeds[seed]!)
      for (const step of list) edits[step.kind]!(model.graph!, step, model)
      return ModelProto.encode(model).finish()
    })
}

const pick = <T>(list: readonly T[] | null | undefined, index: number): T | undefined =>
  list?.length ? list[index % list.length] : undefined

const edits: readonly ((graph: Graph, edit: Edit, model: Model) => void)[] = [
  dims,
  declaredDims,
  dataType,
  rawLength,
  integers,
  operator,
  input,
  outputName,
  dropNode,
  copyNode,
  moveNode,
  attribute,
  hostile,
  versions,
]

function dims(graph: Graph, { a, b, value }: Edit): void {
  const tensor = pick(graph.initializer, a)
  if (tensor) tensor.dims = b % 3 === 0 ? [...(tensor.dims ?? []), value] : [value]
}

function declaredDims(graph: Graph, { a, b, value }: Edit): void {
  const info = pick([...graph.input!, ...graph.output!], a)
  const dim = pick(info?.type?.tensorType?.shape?.dim, b)
  if (dim)
    Object.assign(dim, b % 4 === 0 ? { dimParam: 'n', dimValue: 0 } : { dimParam: '', dimValue: value })
}

function dataType(graph: Graph, { a, b }: Edit): void {
  const tensor = pick(graph.initializer, a)
  if (tensor) tensor.dataType = b % 26
}

function rawLength(graph: Graph, { a, b }: Edit): void {
  const tensor = pick(graph.initializer, a)
  if (tensor?.rawData) tensor.rawData = tensor.rawData.subarray(0, b % (tensor.rawData.length + 1))
}

/** Of a shape, an axis or an index, the size of the tensor kept. */
function integers(graph: Graph, { a, b, value }: Edit): void {
  const tensor = pick(
    graph.initializer!.filter(
      ({ dataType: type, rawData }) => type === 7 && rawData?.length && rawData.length % 8 === 0,
    ),
    a,
  )
  if (!tensor) return
  const values = new BigInt64Array(new Uint8Array(tensor.rawData!).buffer)
  values[b % values.length] = BigInt(value)
  tensor.rawData = new Uint8Array(values.buffer)
}

function operator(graph: Graph, { a, b }: Edit): void {
  const node = pick(graph.node, a)
  if (node) node.opType = pick(opTypes, b)!
}

function input(graph: Graph, { a, b, value }: Edit): void {
  const node = pick(graph.node, a)
  const other = pick(pick(graph.node, b)?.output, 0)
  if (node?.input?.length) node.input[Math.abs(value) % node.input.length] = other ?? ''
}

function outputName(graph: Graph, { a, b }: Edit): void {
  const node = pick(graph.node, a)
  if (node?.output?.length)
    node.output[0] = pick([...graph.initializer!.map(({ name }) => name!), '', 'x'], b)!
}

function dropNode(graph: Graph, { a }: Edit): void {
  graph.node!.splice(a % Math.max(1, graph.node!.length), 1)
}

function copyNode(graph: Graph, { a, b }: Edit): void {
  const node = pick(graph.node, a)
  const copy: Node | undefined = node && { ...node, output: node.output!.map(name => `${name} ${b}`) }
  if (copy) graph.node!.splice(b % graph.node!.length, 0, copy)
}

function moveNode(graph: Graph, { a, b }: Edit): void {
  const [node] = graph.node!.splice(a % Math.max(1, graph.node!.length), 1)
  if (node) graph.node!.splice(b % (graph.node!.length + 1), 0, node)
}

function attribute(graph: Graph, { a, b, value }: Edit): void {
  const node = pick(graph.node, a)
  if (!node) return
  const names = ['axis', 'axes', 'perm', 'to', 'value', 'kernel_shape', 'allowzero', 'group', 'strides']
  const known = pick(node.attribute, b)
  if (known && b % 2) Object.assign(known, { i: value, ints: known.ints?.length ? [value, 0, 1] : [] })
  else
    node.attribute = [
      ...(node.attribute ?? []),
      { name: pick(names, b)!, type: b % 12, i: value, ints: [value] },
    ]
}

/** What must be refused wherever it stands. */
function hostile(graph: Graph, { a, b }: Edit): void {
  const external = {
    dataType: 1,
    dims: [1],
    name: 'w',
    dataLocation: 1,
    externalData: [{ key: 'location', value: 'x' }],
  }
  const node = pick(graph.node, a)
  const inner = { name: 'g', node: [{ opType: 'Identity', input: ['x'], output: ['y'] }] }
  if (b % 4 === 0) graph.initializer!.push(external)
  else if (b % 4 === 1) node!.attribute = [...(node?.attribute ?? []), { name: 'body', type: 5, g: inner }]
  else if (b % 4 === 2) node!.domain = 'com.example'
  else graph.sparseInitializer = [{ values: external, indices: external, dims: [1] }]
}

function versions(_: Graph, { a, b, value }: Edit, model: Model): void {
  if (a % 2) model.irVersion = value
  else model.opsetImport = [{ domain: b % 3 ? '' : 'com.example', version: b % 25 }]
}
