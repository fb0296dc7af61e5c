/** What is used beyond its limit. Pure. */
import { type Amounts, type Limits, type Resource, resources } from './resources.js'

export interface Exceeded {
  resource: Resource
  used: number
  limit: number
}

export function exceededOf(used: Amounts, limits: Limits): Resource[] {
  return resources.filter(resource => used[resource] > (limits[resource] ?? Number.POSITIVE_INFINITY))
}

/** What is used beyond its limit by the largest share; null where all is within. */
export function worst(used: Amounts, limits: Limits): Exceeded | null {
  let found: Exceeded | null = null
  let most = 1
  for (const resource of resources) {
    const limit = limits[resource]
    if (limit === null || used[resource] <= limit) continue
    const share = used[resource] / Math.max(limit, 1)
    if (found && share <= most) continue
    found = { resource, used: used[resource], limit }
    most = share
  }
  return found
}
