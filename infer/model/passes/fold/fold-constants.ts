/** Pass: what does not depend on the picture is worked out once. Constants become weights, copies are skipped, arithmetic of weights is done. */
import { elementType, type Graph, type Node, type Tensor } from '../../onnx/proto.js'
import { readValues, type Values, writeTensor } from '../../onnx/tensor-data.js'
import type { Pass } from '../pass.js'
import { evaluators } from './evaluate.js'

/** A file of int8 weights becomes four times as large; more is no constant that an exporter left. */
const MAX_GROWTH = 8
const SMALL_BYTES = 2 ** 16

export const foldConstants: Pass = {
  name: 'fold-constants',
  version: 1,
  apply({ graph }): void {
    const folding = new Folding(graph!)
    graph!.node = graph!.node!.filter(node => !folding.takes(node))
  },
}

class Folding {
  readonly #graph: Graph
  readonly #outputs: ReadonlySet<string>
  /** Weights that may be read; an input of the same name overrides a weight at run time. */
  readonly #tensors: Map<string, Tensor>
  readonly #values = new Map<string, Values | null>()
  readonly #renamed = new Map<string, string>()

  constructor(graph: Graph) {
    this.#graph = graph
    this.#outputs = new Set(graph.output!.map(({ name }) => name!))
    this.#tensors = new Map(graph.initializer!.map(tensor => [tensor.name!, tensor]))
  }

  /** Whether the node is no longer needed. Nodes come in the order they run. */
  takes(node: Node): boolean {
    node.input = (node.input ?? []).map(name => this.#renamed.get(name) ?? name)
    const [output] = node.output ?? []
    if (node.domain || node.output?.length !== 1 || !output || this.#outputs.has(output)) return false
    if (node.opType === 'Identity') {
      this.#renamed.set(output, node.input[0] ?? '')
      return true
    }
    const tensor = node.opType === 'Constant' ? constantOf(node, output) : this.#worked(node, output)
    if (tensor) this.#add(output, tensor)
    return tensor !== null
  }

  #worked(node: Node, output: string): Tensor | null {
    const evaluate = evaluators[node.opType!]
    if (!evaluate || !node.input!.every(name => !name || this.#tensors.has(name))) return null
    const inputs = node.input!.map(name => (name ? this.#valuesOf(name) : null))
    if (inputs.some((input, i) => input === null && node.input![i])) return null
    const values = evaluate(inputs, node)
    if (!values) return null
    const before = inputs.reduce((sum, input) => sum + (input?.data.length ?? 0), 0)
    if (values.data.length > Math.max(SMALL_BYTES, MAX_GROWTH * before)) return null
    this.#values.set(output, values)
    return writeTensor(output, values)
  }

  #valuesOf(name: string): Values | null {
    const known = this.#values.get(name)
    if (known !== undefined) return known
    const values = readValues(this.#tensors.get(name)!)
    this.#values.set(name, values)
    return values
  }

  #add(name: string, tensor: Tensor): void {
    this.#tensors.set(name, tensor)
    this.#graph.initializer!.push(tensor)
  }
}

/** Null for strings and sparse tensors, which stay as they are. */
function constantOf(node: Node, name: string): Tensor | null {
  const [attribute] = node.attribute ?? []
  if (node.attribute?.length !== 1 || !attribute) return null
  const { float, int64 } = elementType
  const list = (elemType: number, data: readonly number[], dims: number[]) =>
    writeTensor(name, {
      elemType,
      dims,
      data: elemType === float ? Float32Array.from(data) : Float64Array.from(data),
    })
  if (attribute.name === 'value' && attribute.t) return { ...attribute.t, name }
  if (attribute.name === 'value_float') return list(float, [attribute.f ?? 0], [])
  if (attribute.name === 'value_floats')
    return list(float, attribute.floats ?? [], [attribute.floats!.length])
  if (attribute.name === 'value_int') return list(int64, [Number(attribute.i ?? 0)], [])
  if (attribute.name === 'value_ints')
    return list(int64, attribute.ints!.map(Number), [attribute.ints!.length])
  return null
}
