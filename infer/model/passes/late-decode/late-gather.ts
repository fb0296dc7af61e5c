/** Rebuilds the decoding of boxes over the chosen anchors alone: what is computed of all of them, to be thrown away, is computed of few. */
import { intAttribute, intsAttribute } from '../../onnx/attributes.js'
import type { GraphEditor } from '../../onnx/graph-editor.js'
import type { Node } from '../../onnx/proto.js'
import type { GraphIndex } from '../../quantize/graph-index.js'
import { channelsOf, sliceOf } from './channels.js'

const ELEMENTWISE = new Set(['Add', 'Sub', 'Mul', 'Div'])

/** The columns of [N, C, anchors] tensors that `indices` [N, 1, K] names. */
export class LateGather {
  readonly #known = new Map<string, string>()

  /** @param count K. */
  constructor(
    private readonly index: GraphIndex,
    private readonly editor: GraphEditor,
    private readonly indices: string,
    private readonly anchors: number,
    private readonly count: number,
  ) {}

  /** [N, C, K] of [N, C, anchors], gathered as far up the graph as arithmetic allows; null where its channels are not known. */
  columnsOf(name: string): string | null {
    const known = this.#known.get(name)
    if (known) return known
    const made = this.#rebuilt(name) ?? this.#gathered(name)
    if (made) this.#known.set(name, made)
    return made
  }

  #rebuilt(name: string): string | null {
    const node = this.index.maker(name)
    if (!node || this.index.isOutput(name)) return null
    if (node.opType === 'Sigmoid') return this.#again(node, [this.columnsOf(node.input![0]!)])
    if (ELEMENTWISE.has(node.opType!)) return this.#again(node, this.#operands(node))
    if (node.opType === 'Concat' && intAttribute(node, 'axis', 0) === 1) {
      return this.#again(
        node,
        node.input!.map(input => this.columnsOf(input)),
      )
    }
    const slice = sliceOf(this.index, name)
    if (slice) return this.#again(node, [this.columnsOf(slice.input), ...node.input!.slice(1)])
    return node.opType === 'Reshape' ? this.#distribution(node) : null
  }

  #operands(node: Node): (string | null)[] {
    return node.input!.map(input => {
      const weight = this.index.weight(input)
      if (!weight) return this.index.isWeight(input) ? null : this.columnsOf(input)
      if (weight.dims.at(-1) !== this.anchors) return (weight.dims.at(-1) ?? 1) === 1 ? input : null
      return this.#constantColumns(input, weight.data, weight.dims)
    })
  }

  /** Of a constant [.., C, anchors]: the same for each frame, chosen by each frame's own indices. */
  #constantColumns(name: string, data: ArrayLike<number>, dims: readonly number[]): string | null {
    const channels = dims.at(-2) ?? 1
    if (data.length !== channels * this.anchors) return null
    const known = this.#known.get(name)
    if (known) return known
    const rows = Float32Array.from(
      { length: data.length },
      (_, i) => data[(i % channels) * this.anchors + Math.floor(i / channels)]!,
    )
    const table = this.editor.floats(rows, [this.anchors, channels])
    const flat = this.editor.reshape(this.indices, [0, -1])
    const chosen = this.editor.node('Gather', [table, flat], { axis: 0 })
    const made = this.editor.node('Transpose', [chosen], { perm: [0, 2, 1] })
    this.#known.set(name, made)
    return made
  }

  /**
   * The expected distance of a distribution over bins, as Ultralytics exports it (Li et al. 2020, Generalized Focal Loss):
   * Reshape [N, sides, bins, A] → Transpose → Softmax over bins → Conv 1×1 → Reshape [N, sides, A].
   */
  #distribution(node: Node): string | null {
    const chain = this.#chain(node, ['Conv', 'Softmax', 'Transpose', 'Reshape'])
    if (!chain) return null
    const [conv, softmax, transpose, split] = chain
    const shape = this.index.weight(split.input![1])?.data
    const isKnown =
      shape?.length === 4 &&
      intsAttribute(transpose, 'perm').join() === '0,2,1,3' &&
      intAttribute(softmax, 'axis', -1) === 1 &&
      this.index.weight(conv.input![1])?.dims.join() === [1, shape[2], 1, 1].join()
    if (!isKnown) return null
    const columns = this.columnsOf(split.input![0]!)
    if (!columns) return null
    const bins = this.editor.reshape(columns, [0, shape[1]!, shape[2]!, this.count])
    const spread = this.#again(softmax, [this.#again(transpose, [bins])])
    const distances = this.#again(conv, [spread, ...conv.input!.slice(1)])
    return distances && this.editor.reshape(distances, [0, shape[1]!, this.count])
  }

  #chain(node: Node, opTypes: readonly string[]): [Node, Node, Node, Node] | null {
    const chain: Node[] = []
    let at = node
    for (const opType of opTypes) {
      const maker = this.index.maker(at.input![0]!)
      if (maker?.opType !== opType || this.index.readers(at.input![0]!).length !== 1) return null
      chain.push(maker)
      at = maker
    }
    return chain as [Node, Node, Node, Node]
  }

  #gathered(name: string): string | null {
    const channels = channelsOf(this.index, name)
    if (channels === null || this.index.isWeight(name)) return null
    const repeats = this.editor.ints([1, channels, 1])
    const positions = this.editor.node('Tile', [this.indices, repeats])
    return this.editor.node('GatherElements', [name, positions], { axis: 2 })
  }

  /** The same operator over other inputs; null where one of them is not to be had. */
  #again(node: Node, inputs: readonly (string | null)[]): string | null {
    if (inputs.includes(null)) return null
    const output = this.editor.node(node.opType!, inputs as string[])
    this.editor.nodes.at(-1)!.attribute = [...(node.attribute ?? [])]
    return output
  }
}
