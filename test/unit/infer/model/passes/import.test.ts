/** The import: what is refused before anything acts on it, with which reason, and what is let through. */
import { describe, expect, it } from 'vitest'
import { type Model, ModelProto, type Node } from '../../../../../infer/model/onnx/proto.js'
import { parseModel } from '../../../../../infer/model/onnx/read-model.js'
import { RingsideError } from '../../../../../shared/errors.js'
import { encodeModel, syntheticModel } from '../../../../tools/synthetic-model.js'

const small = () =>
  syntheticModel({
    opset: 17,
    widthPx: 64,
    heightPx: 32,
    outputDims: [6, 42],
    table: new Float32Array(6 * 42),
  })

function refusal(bytes: Uint8Array): string {
  try {
    parseModel(Buffer.from(bytes), 'model.onnx')
  } catch (error) {
    expect(error).toBeInstanceOf(RingsideError)
    expect(error).toMatchObject({ code: 'model_invalid', key: 'model.name', value: 'model.onnx' })
    return (error as Error).message
  }
  return 'accepted'
}

const refusalOf = (change: (model: Model) => void): string => {
  const model = small()
  change(model)
  return refusal(encodeModel(model))
}

const external = { name: 'w', dataType: 1, dims: [1], externalData: [{ key: 'location', value: '../x' }] }
const graphInside = { name: 'then_branch', type: 5, g: { node: [{ opType: 'Identity', output: ['y'] }] } }
const last = (model: Model): Node => model.graph!.node!.at(-1)!
const weight = (model: Model) => model.graph!.initializer!.find(({ dims }) => (dims?.length ?? 0) > 1)!
const tensorAttribute = (t: object) => ({ name: 'value', type: 4, t })

describe('refused', () => {
  it.each<[string, RegExp, (model: Model) => void]>([
    ['external data of a weight', /another file/, model => model.graph!.initializer!.push(external)],
    [
      'external data by its location alone',
      /another file/,
      model => Object.assign(weight(model), { dataLocation: 1 }),
    ],
    [
      'external data of an attribute',
      /another file/,
      model => last(model).attribute!.push(tensorAttribute(external)),
    ],
    [
      'external data in a sparse weight',
      /another file/,
      model => Object.assign(model.graph!, { sparseInitializer: [{ values: external }] }),
    ],
    [
      'sparse weights',
      /sparse/,
      model => Object.assign(model.graph!, { sparseInitializer: [{ dims: [1] }] }),
    ],
    [
      'external data in a branch',
      /control flow/,
      model => last(model).attribute!.push({ ...graphInside, g: { initializer: [external] } }),
    ],
    ['a graph in any attribute', /control flow/, model => last(model).attribute!.push(graphInside)],
    ...['If', 'Loop', 'Scan', 'SequenceMap'].map((opType): [string, RegExp, (model: Model) => void] => [
      `${opType} without its graph`,
      /control flow/,
      model => Object.assign(last(model), { opType, attribute: [] }),
    ]),
    ['another domain', /com\.example/, model => Object.assign(last(model), { domain: 'com.example' })],
    ['functions', /functions/, model => model.functions.push({ name: 'f' } as never)],
    ['training graphs', /training/, model => model.trainingInfo.push({} as never)],
    ['a newer opset', /opset 23/, model => Object.assign(model.opsetImport[0]!, { version: 23 })],
    [
      'two opsets',
      /2 versions/,
      model => model.opsetImport.push({ domain: 'ai.onnx', version: 17 } as never),
    ],
    ['a newer IR', /IR version 12/, model => Object.assign(model, { irVersion: 12 })],
    ['a negative dimension', /dimensions \[-1, /, model => Object.assign(weight(model), { dims: [-1, 4] })],
    ['a dimension over 2³¹', /dimensions/, model => Object.assign(weight(model), { dims: [2 ** 31] })],
    [
      'an overflowing product',
      /dimensions/,
      model => Object.assign(weight(model), { dims: [2 ** 30, 2 ** 30] }),
    ],
    [
      'dimensions without their data',
      /holds 1008 bytes/,
      model => Object.assign(weight(model), { dims: [7, 42] }),
    ],
    ['an unknown element type', /element type 99/, model => Object.assign(weight(model), { dataType: 99 })],
    ['two kinds of data', /holds -1/, model => Object.assign(weight(model), { floatData: [1] })],
    [
      'a declared dimension over 2³¹',
      /declared images/,
      model =>
        Object.assign(model.graph!.input![0]!.type!.tensorType!.shape!.dim![2]!, { dimValue: 2 ** 40 }),
    ],
    ['two tensors of a name', /two tensors are named/, model => model.graph!.node!.push({ ...last(model) })],
    [
      'a tensor that nothing makes',
      /nothing makes/,
      model => Object.assign(last(model), { input: ['gone'] }),
    ],
    ['a circle', /circle/, model => Object.assign(model.graph!.node![0]!, { input: ['output'] })],
    ['an attribute twice', /twice/, model => last(model).attribute!.push(...last(model).attribute!)],
    [
      'an attribute of a million numbers',
      /attribute has/,
      model => last(model).attribute!.push({ name: 'x', type: 7, ints: new Array(2 ** 20 + 1).fill(1) }),
    ],
    [
      'an attribute of a megabyte of text',
      /text/,
      model => last(model).attribute!.push({ name: 'x', type: 3, s: new Uint8Array(2 ** 20 + 1) }),
    ],
  ])('%s', (_, reason, change) => {
    expect(refusalOf(change)).toMatch(reason)
  })

  it('over 100,000 operators, before they are built', () => {
    const node = { opType: 'Relu', input: ['images'], output: ['x'] }
    const nodes = Array.from({ length: 100_001 }, () => node)
    const bytes = ModelProto.encode({
      irVersion: 8,
      opsetImport: [{ version: 17 }],
      graph: { node: nodes },
    }).finish()
    const startedAt = performance.now()
    expect(refusal(bytes)).toMatch(/over 100000 operators/)
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })

  it('types nested ten thousand deep', () => {
    let type: Buffer = Buffer.alloc(0)
    // Type.sequence_type.elem_type, over and over.
    for (let i = 0; i < 10_000; i++) type = field(4, field(1, type))
    const input = Buffer.concat([field(1, Buffer.from('x')), field(2, type)])
    const bytes = Buffer.concat([encodeModel(small()), field(7, field(11, input))])
    expect(refusal(bytes)).toMatch(/nest deeper/)
  })

  it('groups, which have no length', () => {
    expect(refusal(Buffer.concat([encodeModel(small()), Buffer.alloc(10_000, 0x0b)]))).toMatch(/wire type 3/)
  })

  it('a field that no known version of ONNX has', () => {
    expect(refusal(Buffer.concat([encodeModel(small()), field(99, Buffer.from('?'))]))).toMatch(/field 99/)
  })

  it('an operator that names an overload', () => {
    const node = Buffer.concat([field(4, Buffer.from('Relu')), field(8, Buffer.from('fast'))])
    expect(refusal(Buffer.concat([encodeModel(small()), field(7, field(1, node))]))).toMatch(/overload/)
  })

  it('a file cut off anywhere', () => {
    const bytes = encodeModel(small())
    for (let length = 0; length < bytes.length; length++) {
      expect(refusal(bytes.subarray(0, length)), `${length} bytes`).not.toBe('accepted')
    }
  })
})

describe('let through', () => {
  it('metadata of operators, tensors and values, which IR 10 added', () => {
    const model = small()
    model.irVersion = 10
    const node = Buffer.concat([
      ...[field(1, Buffer.from('images')), field(2, Buffer.from('unused')), field(4, Buffer.from('Relu'))],
      field(9, field(1, Buffer.from('a hint'))),
    ])
    const bytes = encodeModel(model)
    const withNode = Buffer.concat([
      ModelProto.encode({ irVersion: 10, opsetImport: [{ version: 17 }] }).finish(),
      field(7, Buffer.concat([graphBytes(bytes), field(1, node), field(16, field(1, Buffer.from('x')))])),
    ])
    expect(refusal(withNode)).toBe('accepted')
    expect(parseModel(withNode, '').graph!.node).toHaveLength(model.graph!.node!.length + 1)
  })

  it('operators in any order, which are put into one that runs', () => {
    const model = small()
    const order = model.graph!.node!.map(({ name }) => name)
    model.graph!.node!.reverse()
    expect(parseModel(encodeModel(model), '').graph!.node!.map(({ name }) => name)).toEqual(order)
  })

  it('domains that are imported and not used', () => {
    expect(refusalOf(model => model.opsetImport.push({ domain: 'com.microsoft', version: 1 } as never))).toBe(
      'accepted',
    )
  })

  it('weights in lists, as older exporters write them', () => {
    const list = { name: 'list', dataType: 1, dims: [2], floatData: [1, 2] }
    expect(refusalOf(model => model.graph!.initializer!.push(list))).toBe('accepted')
  })
})

/** A length-delimited field. */
function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}

function graphBytes(model: Uint8Array): Uint8Array {
  const whole = ModelProto.encode({ graph: ModelProto.decode(model).graph! }).finish()
  let at = 1
  while (whole[at]! >= 128) at++
  return whole.subarray(at + 1)
}
