/**
 * Pass: weights and activations become halves, at the precision `fp16`. Input and candidates stay what they are.
 *
 * It is meant for GPUs, which run halves two to four times as fast and in half the memory. ONNX Runtime's CPU provider
 * has few kernels for halves and casts around the others: there fp16 is slower than fp32.
 * What stays float32 is measured, not believed: docs/decisions/0007-fp16-keep-list.md.
 */
import { NAME_PREFIX } from '../../onnx/graph-editor.js'
import type { Graph, Node } from '../../onnx/proto.js'
import { STEM } from '../packed-stem.js'
import type { Pass } from '../pass.js'
import { chooseHalves } from './choose.js'
import { convertToHalves } from './convert.js'
import { decodingNodes } from './decoding.js'

export const fp16: Pass = {
  name: 'fp16',
  version: 2,
  apply({ graph }, { spec, options }): void {
    if (options.precision !== 'fp16') return
    convertToHalves(graph!, spec.opset, chooseHalves(graph!, keepList(graph!)))
  },
}

/** Bytes less black are exact in halves. */
const STEM_PREFIX = `${NAME_PREFIX}${STEM}/`

/** What may compute on halves: the network. The picture, boxes in pixels and scores in order stay float32. */
export function keepList(graph: Graph): (node: Node) => boolean {
  const decoding = decodingNodes(graph)
  const isOurs = (name: string): boolean => name.startsWith(NAME_PREFIX) && !name.startsWith(STEM_PREFIX)
  return node => !isOurs(node.name ?? '') && !decoding.has(node)
}
