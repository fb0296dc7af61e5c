/** Which models have to go so that another fits. Pure. */

/** A model in memory. */
export interface Resident {
  name: string
  chargedBytes: number
  lastUsedMonoMs: number
  /** An enabled stream names it, or it is the default: it stays, whatever is asked. */
  inUse: boolean
}

export interface Room {
  /** Whether the model fits once those have gone. */
  fits: boolean
  /** Least recently used first; empty where it does not fit, since nobody goes in vain. */
  unload: string[]
  /** What would be free with every model gone that no stream uses. */
  freeBytes: number
}

export function makeRoom(residents: readonly Resident[], askedBytes: number, limitBytes: number): Room {
  const idle = residents.filter(({ inUse }) => !inUse).sort((a, b) => a.lastUsedMonoMs - b.lastUsedMonoMs)
  const sum = (models: readonly Resident[]): number =>
    models.reduce((bytes, { chargedBytes }) => bytes + chargedBytes, 0)
  const freeBytes = limitBytes - sum(residents) + sum(idle)
  if (askedBytes > freeBytes) return { fits: false, unload: [], freeBytes: Math.max(0, freeBytes) }
  const unload: string[] = []
  let free = limitBytes - sum(residents)
  for (const model of idle) {
    if (free >= askedBytes) break
    unload.push(model.name)
    free += model.chargedBytes
  }
  return { fits: true, unload, freeBytes }
}
