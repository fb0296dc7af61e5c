/** Turns chosen nodes to halves: weights are rounded once, tensors are cast where the two kinds meet, each at most once in each direction. */
import { GraphEditor } from '../../onnx/graph-editor.js'
import { elementType, type Graph, type Node, type Tensor } from '../../onnx/proto.js'
import { readValues, writeTensor } from '../../onnx/tensor-data.js'
import { tensorTypes } from '../../onnx/tensor-types.js'
import { halfInputsOf, isHalfInput } from './operators.js'

/** Weights that nothing reads as float32 any more stay in the graph: dropping what is unused is another pass. */
export function convertToHalves(graph: Graph, opset: number, chosen: ReadonlySet<Node>): void {
  const conversion = new Conversion(graph, opset)
  graph.node = graph.node!.flatMap(node => conversion.convert(node, chosen.has(node)))
  graph.node.push(...conversion.outputs())
}

class Conversion {
  readonly #graph: Graph
  readonly #editor: GraphEditor
  readonly #types: ReadonlyMap<string, number>
  readonly #weights: ReadonlyMap<string, Tensor>
  /** Tensors that have kept their name and become halves. */
  readonly #halves = new Set<string>()
  /** What a tensor was cast from, where that is a tensor of bytes. */
  readonly #bytes: ReadonlyMap<string, string>
  /** The other kind of a tensor, by its name. */
  readonly #casts = new Map<string, string>()

  constructor(graph: Graph, opset: number) {
    this.#graph = graph
    this.#editor = new GraphEditor(graph, opset, 'fp16')
    this.#types = tensorTypes(graph)
    const casts = graph.node!.filter(({ opType }) => opType === 'Cast')
    const ofBytes = casts.filter(({ input }) => this.#types.get(input![0]!) === elementType.uint8)
    this.#bytes = new Map(ofBytes.map(({ input, output }) => [output![0]!, input![0]!]))
    this.#weights = new Map(graph.initializer!.map(tensor => [tensor.name!, tensor]))
  }

  /** The node, behind the casts that it needs. */
  convert(node: Node, toHalf: boolean): Node[] {
    const positions = halfInputsOf(node.opType!)
    node.input = (node.input ?? []).map((name, i) => {
      const wantsHalf = toHalf && isHalfInput(positions!, i) && this.#types.get(name) === elementType.float
      return wantsHalf ? this.#asHalf(name) : this.#asFloat(name)
    })
    if (toHalf) {
      for (const name of node.output ?? []) {
        if (this.#types.get(name) === elementType.float) this.#halves.add(name)
      }
    }
    return [...this.#editor.nodes.splice(0), node]
  }

  /** Outputs of the graph keep their names and stay float32. */
  outputs(): Node[] {
    for (const { name } of this.#graph.output!) {
      if (!this.#halves.has(name!)) continue
      const inner = `${name}_half`
      for (const node of this.#graph.node!) {
        node.input = node.input!.map(input => (input === name ? inner : input))
        node.output = node.output!.map(output => (output === name ? inner : output))
      }
      this.#editor.append('Cast', [inner], [name!], { to: elementType.float })
    }
    return this.#editor.nodes
  }

  #asHalf(name: string): string {
    if (this.#halves.has(name)) return name
    return this.#other(name, () => {
      const weight = this.#weights.get(name)
      return weight ? this.#roundedWeight(weight) : this.#cast(name, elementType.float16)
    })
  }

  #asFloat(name: string): string {
    return this.#halves.has(name) ? this.#other(name, () => this.#cast(name, elementType.float)) : name
  }

  #other(name: string, make: () => string): string {
    const known = this.#casts.get(name)
    if (known) return known
    const made = make()
    this.#casts.set(name, made)
    return made
  }

  /** A float made of a byte is that byte in halves too: cast once, not twice. */
  #cast(name: string, to: number): string {
    const byte = to === elementType.float16 ? this.#bytes.get(name) : undefined
    return this.#editor.node('Cast', [byte ?? name], { to })
  }

  #roundedWeight(weight: Tensor): string {
    const values = readValues(weight)!
    const name = `${this.#editor.prefix}${weight.name}`
    this.#graph.initializer!.push(writeTensor(name, { ...values, elemType: elementType.float16 }))
    return name
  }
}
