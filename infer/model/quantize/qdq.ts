/** Writes a plan into a graph: pairs of QuantizeLinear and DequantizeLinear around what is to be computed in int8. */
import { GraphEditor } from '../onnx/graph-editor.js'
import { elementType, type Graph, type Node } from '../onnx/proto.js'
import { type Values, writeTensor } from '../onnx/tensor-data.js'
import { type Quantisation, quantiseBias, quantiseWeights } from './arithmetic.js'
import { addDoubling, doubledChannels } from './doubling.js'
import { GraphIndex } from './graph-index.js'
import type { Plan } from './plan.js'

const PART = 'int8'

export function writeQdq(
  graph: Graph,
  opset: number,
  plan: Plan,
  quantisations: ReadonlyMap<string, Quantisation>,
): void {
  new QdqWriter(graph, opset, plan, quantisations).write()
}

class QdqWriter {
  readonly #index: GraphIndex
  readonly #editor: GraphEditor
  readonly #convolutions: ReadonlySet<Node>
  /** Channels of each node that only doubles rows and columns. */
  readonly #doublings: ReadonlyMap<Node, number>
  /** By tensor: as uint8, and as what that stands for. */
  readonly #quantised = new Map<string, string>()
  readonly #dequantised = new Map<string, string>()
  #count = 0

  constructor(
    private readonly graph: Graph,
    opset: number,
    plan: Plan,
    private readonly quantisations: ReadonlyMap<string, Quantisation>,
  ) {
    this.#index = new GraphIndex(graph)
    this.#editor = new GraphEditor(graph, opset, PART)
    this.#convolutions = plan.convolutions
    // Before anything is renamed.
    this.#doublings = new Map(
      graph.node!.flatMap(node => {
        const channels = doubledChannels(node, this.#index)
        return channels === null ? [] : [[node, channels] as const]
      }),
    )
  }

  write(): void {
    for (const node of this.graph.node!) {
      if (this.#double(node)) continue
      if (this.#convolutions.has(node)) this.#quantiseConvolution(node)
      node.input = node.input!.map(name => this.#dequantised.get(name) ?? name)
      this.#editor.nodes.push(node)
      for (const name of node.output!) this.#quantise(name)
    }
    this.graph.node = this.#editor.nodes
  }

  #quantise(name: string): void {
    const quantisation = this.quantisations.get(name)
    if (!quantisation) return
    const constants = this.#constantsOf(quantisation)
    this.#dequantise(name, this.#editor.node('QuantizeLinear', [name, ...constants]), constants)
  }

  #dequantise(name: string, quantised: string, constants: readonly string[]): void {
    this.#quantised.set(name, quantised)
    this.#dequantised.set(name, this.#editor.node('DequantizeLinear', [quantised, ...constants]))
  }

  #constantsOf({ scale, zeroPoint }: Quantisation): string[] {
    return [
      this.#constant(elementType.float, Float32Array.of(scale), []),
      this.#constant(elementType.uint8, Uint8Array.of(zeroPoint), []),
    ]
  }

  /** @returns whether the node only doubled what is uint8: then it is written. */
  #double(node: Node): boolean {
    const [output] = node.output!
    const quantised = this.#quantised.get(node.input![0] ?? '')
    const quantisation = this.quantisations.get(output!)
    const channels = this.#doublings.get(node)
    if (channels === undefined || !quantised || !quantisation) return false
    const doubled = addDoubling(this.#editor, quantised, channels)
    this.#dequantise(output!, doubled, this.#constantsOf(quantisation))
    return true
  }

  #quantiseConvolution(node: Node): void {
    const [input, weightName, biasName] = node.input!
    const { dims, data } = this.#index.weight(weightName)!
    const bias = biasName ? this.#index.weight(biasName)!.data : null
    const { scale } = this.quantisations.get(input!)!
    const weights = quantiseWeights(data, dims[0]!, bias, scale)
    const zeros = new Int8Array(dims[0]!)
    const perChannel = [
      this.#constant(elementType.int8, weights.data, dims),
      this.#constant(elementType.float, weights.scales, [dims[0]!]),
      this.#constant(elementType.int8, zeros, [dims[0]!]),
    ]
    node.input = [input!, this.#editor.node('DequantizeLinear', perChannel, { axis: 0 })]
    if (bias) node.input.push(this.#quantisedBias(bias, scale, weights.scales))
  }

  #quantisedBias(bias: Values['data'], inputScale: number, weightScales: Float32Array): string {
    const scales = weightScales.map(scale => scale * inputScale)
    const constants = [
      this.#constant(elementType.int32, quantiseBias(bias, inputScale, weightScales), [bias.length]),
      this.#constant(elementType.float, scales, [bias.length]),
    ]
    return this.#editor.node('DequantizeLinear', constants, { axis: 0 })
  }

  #constant(elemType: number, data: Values['data'], dims: readonly number[]): string {
    this.#count += 1
    const name = `${this.#editor.prefix}value_${this.#count}`
    this.graph.initializer!.push(writeTensor(name, { elemType, dims, data }))
    return name
  }
}
