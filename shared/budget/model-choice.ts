/** Which models a stream could run instead of its own, the dearest first. Pure. */
import type { DeviceKnowledge } from './knowledge.js'
import { type ModelCost, modelCost } from './model-cost.js'

/**
 * Those that are no dearer than the stream's own in time and in memory. A model that was never measured is offered only in place of
 * another such: nobody knows what a frame of it costs.
 */
export function smallerModels(model: string, knowledge: DeviceKnowledge): string[] {
  const own = modelCost(model, knowledge)
  const names = new Set([...knowledge.profiles.keys(), ...knowledge.estimates.keys()])
  names.delete(model)
  return [...names]
    .map(name => ({ name, cost: modelCost(name, knowledge) }))
    .filter(({ cost }) => isSmaller(cost, own))
    .sort((a, b) => byCost(b.cost, a.cost) || a.name.localeCompare(b.name))
    .map(({ name }) => name)
}

function isSmaller(other: ModelCost, own: ModelCost): boolean {
  if (own.basis === 'measured' && other.basis !== 'measured') return false
  if (own.basis === 'measured' && other.msPerFrame > own.msPerFrame) return false
  return bytesOf(other) <= bytesOf(own)
}

function byCost(a: ModelCost, b: ModelCost): number {
  return a.msPerFrame - b.msPerFrame || bytesOf(a) - bytesOf(b)
}

function bytesOf({ deviceBytes, hostBytes }: ModelCost): number {
  return deviceBytes + hostBytes
}
