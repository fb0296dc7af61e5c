/** Every tensor is made once, before it is used: names without doubt, and nodes in an order that can run. */
import { modelInvalid } from './invalid.js'
import type { Graph, Node } from './proto.js'

/**
 * Sorts the nodes where the file does not have them in order; runtimes do the same.
 * @throws RingsideError `model_invalid` for a name made twice, a tensor that nothing makes, or a cycle.
 */
export function orderNodes(graph: Graph, file: string): void {
  const nodes = graph.node!
  const made = sourceNames(graph, file)
  const makers = new Map<string, Node>()
  for (const node of nodes) {
    for (const name of node.output ?? []) {
      if (name && (made.has(name) || makers.has(name))) {
        throw modelInvalid(file, `two tensors are named ${name}`, 'a name of its own for each')
      }
      if (name) makers.set(name, node)
    }
  }
  const wanted = [
    ...nodes.flatMap(({ input }) => input ?? []),
    ...graph.output!.map(({ name }) => name ?? ''),
  ]
  const missing = wanted.find(name => name && !made.has(name) && !makers.has(name))
  if (missing !== undefined) {
    throw modelInvalid(file, `nothing makes the tensor ${missing}`, 'a graph whose every tensor is made')
  }
  if (!isOrdered(nodes, made)) graph.node = sorted(nodes, makers, file)
}

/** Inputs and weights; files of IR 3 list a weight as both. */
function sourceNames(graph: Graph, file: string): Set<string> {
  const names = new Set<string>()
  for (const list of [graph.input ?? [], graph.initializer ?? []]) {
    const own = new Set<string>()
    for (const { name } of list) {
      if (!name) throw modelInvalid(file, 'an input or a weight has no name', 'a name for each')
      if (own.has(name))
        throw modelInvalid(file, `two tensors are named ${name}`, 'a name of its own for each')
      own.add(name)
      names.add(name)
    }
  }
  graph.output ??= []
  return names
}

function isOrdered(nodes: readonly Node[], sources: ReadonlySet<string>): boolean {
  const made = new Set(sources)
  return nodes.every(({ input, output }) => {
    const ready = (input ?? []).every(name => !name || made.has(name))
    for (const name of output ?? []) made.add(name)
    return ready
  })
}

/** Kahn's algorithm; among nodes that are ready, the file's own order. */
function sorted(nodes: readonly Node[], makers: ReadonlyMap<string, Node>, file: string): Node[] {
  const waitingFor = new Map<Node, number>()
  const users = new Map<Node, Node[]>()
  for (const node of nodes) {
    const needs = new Set((node.input ?? []).flatMap(name => makers.get(name) ?? []))
    waitingFor.set(node, needs.size)
    for (const maker of needs) {
      const others = users.get(maker)
      if (others) others.push(node)
      else users.set(maker, [node])
    }
  }
  const order = nodes.filter(node => waitingFor.get(node) === 0)
  for (const node of order) {
    for (const user of users.get(node) ?? []) {
      const left = waitingFor.get(user)! - 1
      waitingFor.set(user, left)
      if (left === 0) order.push(user)
    }
  }
  if (order.length < nodes.length)
    throw modelInvalid(file, 'its operators run in a circle', 'a graph without cycles')
  return order
}
