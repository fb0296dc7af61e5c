/** A frame ref: the name of one frame in the slab, small enough to travel through Redis. */

export interface FrameRef {
  /** Which slab: a ref of another epoch is stale. */
  slabEpoch: number
  slot: number
  /** Which use of the slot: a ref of another generation is stale. */
  generation: number
  stream: string
}

/** Flat field–value list for XADD. */
export function encodeFrameRef(ref: FrameRef): string[] {
  return ['e', String(ref.slabEpoch), 'k', String(ref.slot), 'g', String(ref.generation), 's', ref.stream]
}

/** The ref in a Redis Stream entry, or null where the entry is not one. */
export function decodeFrameRef(fields: readonly string[]): FrameRef | null {
  const byName = new Map<string, string>()
  for (let i = 0; i + 1 < fields.length; i += 2) byName.set(fields[i] as string, fields[i + 1] as string)
  const slabEpoch = Number(byName.get('e'))
  const slot = Number(byName.get('k'))
  const generation = Number(byName.get('g'))
  const stream = byName.get('s')
  const whole =
    Number.isSafeInteger(slabEpoch) && Number.isSafeInteger(slot) && Number.isSafeInteger(generation)
  return whole && stream ? { slabEpoch, slot, generation, stream } : null
}
