/** What the host's memory grew by while a model loaded: measured, since nothing tells whose a page is. */
import { type OwnMemory, readOwnMemory } from '../../shared/process/own-memory.js'

export interface HeldBytes {
  /** Resident and in use: the session, its thread, its buffers. */
  hostBytes: number
  /** How much malloc handed out meanwhile; pages that were never touched count here alone. */
  mallocBytes: number
}

/** @returns a function that measures from here to where it is called. What others allocate meanwhile is counted too: loads go one at a time. */
export async function startHeld(): Promise<() => Promise<HeldBytes>> {
  const before = await readOwnMemory()
  return async () => heldBetween(before, await readOwnMemory())
}

/** Free memory that malloc keeps is nobody's: it is told by itself. */
export function heldBetween(before: OwnMemory, after: OwnMemory): HeldBytes {
  const used = ({ anonymousBytes, malloc }: OwnMemory): number => anonymousBytes - (malloc?.freeBytes ?? 0)
  return {
    hostBytes: Math.max(0, used(after) - used(before)),
    mallocBytes: Math.max(0, (after.malloc?.inUseBytes ?? 0) - (before.malloc?.inUseBytes ?? 0)),
  }
}
