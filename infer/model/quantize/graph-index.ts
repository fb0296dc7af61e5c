/** Who makes and who reads each tensor of a graph. A picture of the moment: made anew after a change. */
import type { Graph, Node, Tensor } from '../onnx/proto.js'
import { readValues, type Values } from '../onnx/tensor-data.js'

export class GraphIndex {
  readonly #makers = new Map<string, Node>()
  readonly #readers = new Map<string, Node[]>()
  readonly #weights: ReadonlyMap<string, Tensor>
  readonly #outputs: ReadonlySet<string>

  constructor(graph: Graph) {
    this.#weights = new Map(graph.initializer!.map(tensor => [tensor.name!, tensor]))
    this.#outputs = new Set(graph.output!.map(({ name }) => name!))
    for (const node of graph.node!) {
      for (const name of node.output ?? []) this.#makers.set(name, node)
      for (const name of new Set(node.input)) this.#readers.set(name, [...this.readers(name), node])
    }
  }

  /** Undefined for weights and inputs of the graph. */
  maker(name: string): Node | undefined {
    return this.#makers.get(name)
  }

  readers(name: string): readonly Node[] {
    return this.#readers.get(name) ?? []
  }

  isOutput(name: string): boolean {
    return this.#outputs.has(name)
  }

  /** Null where the tensor is no weight, or of a type that we do not compute with. */
  weight(name: string | undefined): Values | null {
    const tensor = name ? this.#weights.get(name) : undefined
    return tensor ? readValues(tensor) : null
  }

  isWeight(name: string): boolean {
    return this.#weights.has(name)
  }
}
