/** Decides what of a graph is computed in int8: convolutions, and what lies between two of them. A graph and evidence in, a list out. */
import type { Graph, Node } from '../onnx/proto.js'
import { GraphIndex } from './graph-index.js'
import { lightBeginning } from './light-beginning.js'
import {
  activationsOf,
  hasAllActivations,
  isArithmetic,
  isConvolution,
  isForSiluAlone,
  isMover,
} from './operators.js'

export interface Plan {
  /** Tensors that become uint8, in the order they are made. */
  tensors: readonly string[]
  /** Tensors of one group share scale and zero point; a group is named by one of them. */
  groupOf(tensor: string): string
  /** With weights of int8. The other convolutions stay float, and read what is uint8 through a conversion. */
  convolutions: ReadonlySet<Node>
  /** Their values are of 0 … 1, whatever was seen. */
  sigmoids: ReadonlySet<string>
  /** Tensors x that are there for x · sigmoid(x) alone. */
  siluInputs: ReadonlySet<string>
  /** Results of last convolutions that a sigmoid makes scores of. */
  logits: ReadonlySet<string>
}

/** @param keepFloat tensors that lose too much as uint8. */
export function planOf(graph: Graph, keepFloat: ReadonlySet<string>): Plan {
  return new Planner(graph, keepFloat).plan()
}

class Planner {
  readonly #index: GraphIndex
  readonly #light: ReadonlySet<Node>
  readonly #wanted = new Set<string>()
  readonly #convolutions = new Set<Node>()
  readonly #logits = new Set<string>()
  readonly #parents = new Map<string, string>()

  constructor(
    private readonly graph: Graph,
    private readonly keepFloat: ReadonlySet<string>,
  ) {
    this.#index = new GraphIndex(graph)
    this.#light = lightBeginning(graph, this.#index)
  }

  /** From the end of the graph to its beginning: an operator computes in uint8 where a convolution wants what it makes. */
  plan(): Plan {
    const nodes = this.graph.node!
    for (const node of nodes.toReversed()) this.#visit(node)
    for (const node of nodes) if (isMover(node)) this.#group(node)
    const sigmoids = nodes.filter(node => node.opType === 'Sigmoid' && this.#makesWanted(node))
    return {
      tensors: nodes.flatMap(({ output }) => output!.filter(name => this.#wanted.has(name))),
      groupOf: tensor => this.#root(tensor),
      convolutions: this.#convolutions,
      logits: this.#logits,
      sigmoids: new Set(sigmoids.map(({ output }) => output![0]!)),
      siluInputs: new Set(
        sigmoids.map(({ input }) => input![0]!).filter(name => isForSiluAlone(name, this.#index)),
      ),
    }
  }

  #visit(node: Node): void {
    if (isConvolution(node, this.#index)) this.#visitConvolution(node)
    else if (this.#makesWanted(node) && this.#computesInt8(node)) {
      for (const name of activationsOf(node, this.#index)) this.#wanted.add(name)
      // The runtime moves all parts of a tensor as uint8, or none.
      if (isMover(node)) for (const name of node.output!) this.#wanted.add(name)
    }
  }

  #visitConvolution(node: Node): void {
    if (!this.#takesInt8(node)) return
    this.#wanted.add(node.input![0]!)
    const result = this.#resultOf(node)
    if (this.keepFloat.has(result)) return
    if (!this.#wanted.has(result) && this.#reachesSigmoid(result)) this.#logits.add(result)
    this.#wanted.add(result)
    this.#convolutions.add(node)
  }

  /** A ReLU behind a convolution costs nothing: it is where the range of its result begins. */
  #resultOf(convolution: Node): string {
    const [output] = convolution.output!
    const [reader, another] = this.#index.readers(output!)
    return reader?.opType === 'Relu' && !another ? reader.output![0]! : output!
  }

  /** Moved on the way, at most. */
  #reachesSigmoid(name: string): boolean {
    return this.#index
      .readers(name)
      .some(
        node =>
          node.opType === 'Sigmoid' ||
          (isMover(node) && node.output!.some(output => this.#reachesSigmoid(output))),
      )
  }

  #makesWanted({ output }: Node): boolean {
    return output!.some(name => this.#wanted.has(name))
  }

  /** Not from the picture itself, nor from a softmax: what they give is float, and of a range that uint8 is too coarse for. */
  #takesInt8(convolution: Node): boolean {
    const [input] = convolution.input!
    return !this.#light.has(convolution) && !this.keepFloat.has(input!) && this.#isOfNetwork(input!)
  }

  /** Made by a convolution or by arithmetic, wherever it was moved since. */
  #isOfNetwork(name: string): boolean {
    const maker = this.#index.maker(name)
    if (!maker) return false
    if (isMover(maker)) return activationsOf(maker, this.#index).every(input => this.#isOfNetwork(input))
    return maker.opType === 'Relu' || isArithmetic(maker) || isConvolution(maker, this.#index)
  }

  #computesInt8(node: Node): boolean {
    if (this.#light.has(node) || (!isMover(node) && !isArithmetic(node))) return false
    const activations = activationsOf(node, this.#index)
    const fits = activations.length > 0 && hasAllActivations(node, this.#index)
    return fits && activations.every(name => !this.keepFloat.has(name) && !this.#isOfFloatConvolution(name))
  }

  /** Behind a convolution that stays float, so does its SiLU: the runtime has it as one operator there. */
  #isOfFloatConvolution(name: string): boolean {
    const maker = this.#index.maker(name)
    if (!maker) return false
    if (isConvolution(maker, this.#index)) return !this.#takesInt8(maker)
    // The sum is that of a first convolution, split in two by `foldStem`.
    const passes = maker.opType === 'Sigmoid' || maker.opType === 'Add'
    return passes && activationsOf(maker, this.#index).every(input => this.#isOfFloatConvolution(input))
  }

  #group(node: Node): void {
    const [first] = node.output!
    if (!this.#wanted.has(first!)) return
    for (const name of [...activationsOf(node, this.#index), ...node.output!]) {
      if (this.#wanted.has(name)) this.#join(first!, name)
    }
  }

  #join(a: string, b: string): void {
    const [rootA, rootB] = [this.#root(a), this.#root(b)]
    if (rootA !== rootB) this.#parents.set(rootB, rootA)
  }

  #root(name: string): string {
    const parent = this.#parents.get(name)
    return parent === undefined ? name : this.#root(parent)
  }
}
