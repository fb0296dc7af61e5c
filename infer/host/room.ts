/** Which models have to go so that another fits, in each kind of memory. Pure. */
import { type Bytes, fitsIn, minus, noBytes, plus } from './bytes.js'

/** A model in memory. */
export interface Resident {
  name: string
  charged: Bytes
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
  free: Bytes
}

export function makeRoom(residents: readonly Resident[], asked: Bytes, limit: Bytes): Room {
  const idle = residents.filter(({ inUse }) => !inUse).sort((a, b) => a.lastUsedMonoMs - b.lastUsedMonoMs)
  let free = minus(limit, sumOf(residents))
  const most = plus(free, sumOf(idle))
  if (!fitsIn(asked, most)) return { fits: false, unload: [], free: atLeastNone(most) }
  const unload: string[] = []
  for (const model of idle) {
    if (fitsIn(asked, free)) break
    unload.push(model.name)
    free = plus(free, model.charged)
  }
  return { fits: true, unload, free: most }
}

function sumOf(models: readonly Resident[]): Bytes {
  return models.reduce((sum, { charged }) => plus(sum, charged), noBytes)
}

function atLeastNone({ host, device }: Bytes): Bytes {
  return { host: Math.max(0, host), device: Math.max(0, device) }
}
