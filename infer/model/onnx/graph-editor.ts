/** Makes nodes and constants for an ONNX graph; each maker returns the name of the tensor it makes. */
import {
  type Attribute,
  AttributeProto,
  elementType,
  type Graph,
  type Node,
  type ValueInfo,
} from './proto.js'

type AttributeValue = number | readonly number[] | string

export type Axis = number | string

/** Name of the batch axis where it is dynamic. */
export const BATCH_AXIS = 'batch'

/** Every name we make starts so. */
export const NAME_PREFIX = 'ringside/'

export class GraphEditor {
  /** In the order they run; whoever owns the graph puts them before or after its own. Constants go to the graph at once. */
  readonly nodes: Node[] = []
  readonly #graph: Graph
  readonly #opset: number
  readonly #part: string
  #count = 0

  /** @param part tells the names of one editor from those of another. */
  constructor(graph: Graph, opset: number, part: string) {
    this.#graph = graph
    this.#opset = opset
    this.#part = part
  }

  /** What the names it makes begin with. */
  get prefix(): string {
    return `${NAME_PREFIX}${this.#part}/`
  }

  /** A node of one output. Integer attributes are `i`/`ints`; none of ours takes a float. */
  node(opType: string, inputs: readonly string[], attributes: Record<string, AttributeValue> = {}): string {
    const output = this.#fresh(opType)
    this.append(opType, inputs, [output], attributes)
    return output
  }

  append(
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, AttributeValue> = {},
  ): void {
    const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value))
    const node: Node = {
      opType,
      name: this.#fresh('node'),
      input: [...inputs],
      output: [...outputs],
      attribute,
    }
    this.nodes.push(node)
  }

  floats(values: ArrayLike<number>, dims: readonly number[]): string {
    const bytes = new Uint8Array(Float32Array.from(values).buffer)
    return this.#constant(elementType.float, bytes, dims)
  }

  ints(values: readonly number[], dims: readonly number[] = [values.length]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
    return this.#constant(elementType.int64, bytes, dims)
  }

  /** tensor[..., from:to, ...] along one axis. */
  slice(input: string, axis: number, from: number, to: number): string {
    return this.node('Slice', [input, this.ints([from]), this.ints([to]), this.ints([axis])])
  }

  /** 0 keeps a dimension, -1 takes what is left. */
  reshape(input: string, dims: readonly number[]): string {
    return this.node('Reshape', [input, this.ints(dims)])
  }

  /** The axis is dropped. Axes moved from an attribute to an input with opset 18. */
  maxAlong(input: string, axis: number): string {
    return this.#opset >= 18
      ? this.node('ReduceMax', [input, this.ints([axis])], { keepdims: 0 })
      : this.node('ReduceMax', [input], { axes: [axis], keepdims: 0 })
  }

  #constant(dataType: number, rawData: Uint8Array, dims: readonly number[]): string {
    const name = this.#fresh('constant')
    this.#graph.initializer!.push({ name, dataType, dims: [...dims], rawData })
    return name
  }

  #fresh(what: string): string {
    this.#count += 1
    return `${this.prefix}${what}_${this.#count}`
  }
}

/** Declares an input or output of the graph; a string is a dimension known only at run time. */
export function valueInfo(name: string, elemType: number, axes: readonly Axis[]): ValueInfo {
  const dim = axes.map(axis => (typeof axis === 'string' ? { dimParam: axis } : { dimValue: axis }))
  return { name, type: { tensorType: { elemType, shape: { dim } } } }
}

export function attributeOf(name: string, value: AttributeValue): Attribute {
  const types = AttributeProto.AttributeType
  if (typeof value === 'string') return { name, type: types.STRING, s: new TextEncoder().encode(value) }
  if (typeof value === 'number') return { name, type: types.INT, i: value }
  return { name, type: types.INTS, ints: [...value] }
}
