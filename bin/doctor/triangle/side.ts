/** One side of the golden triangle: what a device loses there, measured against the most that is no cause for concern. Pure types. */

export interface Side {
  /** As the doctor's findings name it. */
  name: 'memory' | 'idle gaps' | 'bandwidth'
  /** Figures, in a sentence or two. */
  found: string
  /** How far beyond what is tolerable: 0 within it, 1 all that there is. */
  excess: number
  /** What to change; null within what is tolerable. */
  change: string | null
}

export function within(name: Side['name'], found: string): Side {
  return { name, found, excess: 0, change: null }
}

/** @param share 0 … 1, beyond `tolerable`. */
export function beyond(
  name: Side['name'],
  found: string,
  share: number,
  tolerable: number,
  change: string,
): Side {
  const excess = Math.min(1, (share - tolerable) / (1 - tolerable))
  return { name, found, excess, change }
}
