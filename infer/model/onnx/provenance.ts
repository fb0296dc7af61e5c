/** Where the values of a tensor come from: walks a graph backwards, since shapes alone do not tell raw boxes from decoded ones. */
import { elementType, type Graph, type Node, type Tensor } from './proto.js'

/** They move or retype values and compute none; all but Concat take them from their first input. */
const movers = new Set([
  'Cast',
  'Concat',
  'DequantizeLinear',
  'Expand',
  'Flatten',
  'Gather',
  'Identity',
  'QuantizeLinear',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
])
/** Selection is a matter of the last few nodes; a graph of 100,000 is not searched for it. */
const MAX_VISITED = 400

/** What the top-k selection in front of the outputs shows of an end-to-end head. */
export interface Selection {
  /** k of the selection: as many objects as it gives. */
  rows: number | null
  /** The flat index is divided by the number of classes. */
  classCount: number | null
}

export class Provenance {
  readonly #producers = new Map<string, Node>()
  readonly #constants = new Map<string, Tensor>()

  constructor(graph: Graph) {
    for (const tensor of graph.initializer ?? []) this.#constants.set(tensor.name!, tensor)
    for (const node of graph.node ?? []) this.#add(node)
  }

  /** The operators that last computed values of a tensor, seen through those that only move them. */
  madeBy(tensor: string): Set<string> {
    const found = new Set<string>()
    this.#walk([tensor], Number.POSITIVE_INFINITY, node => {
      if (!movers.has(node.opType!)) found.add(node.opType!)
      return movedInputs(node)
    })
    return found
  }

  selectionOf(outputs: readonly string[]): Selection {
    const selection: Selection = { rows: null, classCount: null }
    this.#walk(outputs, MAX_VISITED, node => {
      if (node.opType === 'TopK') selection.rows ??= this.#integer(node.input![1])
      if (node.opType === 'Mod' || node.opType === 'Div') selection.classCount ??= this.#divisor(node)
      return node.input ?? []
    })
    return selection
  }

  #add(node: Node): void {
    for (const output of node.output ?? []) this.#producers.set(output, node)
    const value = node.opType === 'Constant' ? node.attribute?.find(({ name }) => name === 'value')?.t : null
    if (value) this.#constants.set(node.output![0]!, value)
  }

  /** Breadth first, each tensor once; `next` gives the inputs to go on with. */
  #walk(tensors: readonly string[], limit: number, next: (node: Node) => readonly string[]): void {
    const queue = [...tensors]
    const seen = new Set(queue)
    for (let i = 0; i < queue.length && i < limit; i++) {
      const node = this.#producers.get(queue[i]!)
      for (const input of node ? next(node) : []) {
        if (!seen.has(input)) queue.push(input)
        seen.add(input)
      }
    }
  }

  /** Of the flat index that a top-k gave, else null. */
  #divisor({ input }: Node): number | null {
    let index = input![0]!
    let node = this.#producers.get(index)
    // A chain of movers ends in a graph without cycles; one with a cycle is cut off here.
    for (let i = 0; node && movers.has(node.opType!) && i < movers.size; i++) {
      index = node.input![0]!
      node = this.#producers.get(index)
    }
    return node?.opType === 'TopK' && node.output![1] === index ? this.#integer(input![1]) : null
  }

  #integer(name: string | undefined): number | null {
    const tensor = this.#constants.get(name ?? '')
    if (tensor?.dataType !== elementType.int64) return null
    const { rawData, int64Data } = tensor
    if (rawData?.length === 8) return Number(Buffer.from(rawData).readBigInt64LE())
    return int64Data?.length === 1 ? Number(int64Data[0]) : null
  }
}

function movedInputs({ opType, input }: Node): readonly string[] {
  if (!movers.has(opType!)) return []
  return opType === 'Concat' ? input! : input!.slice(0, 1)
}
