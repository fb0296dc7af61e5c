/** Pass: nodes and weights that no output needs are left out, and so is what a file declares beside them: shapes of tensors inside, weights as inputs. */
import type { Graph } from '../onnx/proto.js'
import type { Pass } from './pass.js'

/** Older files must list their weights as inputs. */
const WEIGHTS_ALONE_IR = 4

export const dropUnused: Pass = {
  name: 'drop-unused',
  version: 1,
  apply(model): void {
    const graph = model.graph!
    dropNodes(graph)
    const read = new Set(graph.node!.flatMap(({ input }) => input ?? []))
    graph.initializer = graph.initializer!.filter(({ name }) => read.has(name!))
    // A weight that is an input too could be replaced at run time: no runtime folds or fuses it.
    const weights = new Set(graph.initializer.map(({ name }) => name))
    graph.input = graph.input!.filter(({ name }) => read.has(name!) && !weights.has(name))
    if (Number(model.irVersion) < WEIGHTS_ALONE_IR) model.irVersion = WEIGHTS_ALONE_IR
    // Runtimes infer them; what an exporter wrote may be the shapes of another batch or type.
    graph.valueInfo = []
    graph.quantizationAnnotation = []
    const domains = new Set(['', 'ai.onnx', ...graph.node!.map(({ domain }) => domain ?? '')])
    model.opsetImport = model.opsetImport.filter(({ domain }) => domains.has(domain ?? ''))
  },
}

/** From the last node to the first: one that no later one reads, and no output names, is not needed. */
function dropNodes(graph: Graph): void {
  const wanted = new Set(graph.output!.map(({ name }) => name!))
  const kept = graph.node!.toReversed().filter(({ input, output }) => {
    if (!output?.some(name => wanted.has(name))) return false
    for (const name of input ?? []) wanted.add(name)
    return true
  })
  graph.node = kept.toReversed()
}
