/** What a process holds of the host's memory, by owner, so that it sums to what is resident. Pure. */
import type { Allocation } from '../memory/allocation.js'
import type { OwnMemory } from './own-memory.js'

/** What a stage knows the owners of. */
export interface Attributed {
  allocations: readonly Allocation[]
  /** How much of it malloc handed out. */
  mallocBytes: number
}

export const nothingAttributed: Attributed = { allocations: [], mallocBytes: 0 }

/**
 * The process's own share beside what its stage knows the owners of: code, JavaScript heap, what malloc handed out to anybody else
 * (`external`: buffers, native modules), what malloc keeps though it is free (`arena`), and the rest (`other`: stacks, the heaps of
 * other threads). Resident memory of the slabs is none of it: they are listed as shared memory.
 */
export function hostAllocations(own: OwnMemory, { allocations, mallocBytes }: Attributed): Allocation[] {
  const external = own.malloc ? Math.max(0, own.malloc.inUseBytes - mallocBytes) : 0
  const parts: Allocation[] = [
    ...allocations,
    ofProcess('code', own.fileBytes, true),
    ofProcess('heap', own.jsHeapBytes, true),
    ofProcess('external', external, false),
    ofProcess('arena', own.malloc?.freeBytes ?? 0, true),
  ]
  const known = parts.reduce((sum, { where, bytes }) => sum + (where === 'host' ? bytes : 0), 0)
  const rest = own.anonymousBytes + own.fileBytes - known
  return [...parts, ofProcess('other', Math.max(0, rest), false)].filter(({ bytes }) => bytes > 0)
}

function ofProcess(kind: Allocation['kind'], bytes: number, exact: boolean): Allocation {
  return { kind, owner: 'process', where: 'host', count: 1, bytes, exact }
}
