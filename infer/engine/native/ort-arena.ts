/** What an arena of device memory counts. */
import { koffi } from '../../../shared/native/ffi.js'
import type { OrtCalls } from './ort-calls.js'

/** Counters of a device arena (`AllocatorGetStats`, `bfc_arena.cc`). */
export interface ArenaStats {
  inUseBytes: number
  maxInUseBytes: number
  /** Taken from the device, used or not. */
  totalAllocatedBytes: number
  limitBytes: number
  allocs: number
  extensions: number
  shrinkages: number
  reserves: number
}

/** @throws OrtError */
export function arenaStats(calls: OrtCalls, allocator: number): ArenaStats {
  const pairs = pairsOf(calls, calls.take('AllocatorGetStats', allocator))
  const count = (key: string): number => Number(pairs.get(key) ?? 0)
  return {
    inUseBytes: count('InUse'),
    maxInUseBytes: count('MaxInUse'),
    totalAllocatedBytes: count('TotalAllocated'),
    limitBytes: count('Limit'),
    allocs: count('NumAllocs'),
    extensions: count('NumArenaExtensions'),
    shrinkages: count('NumArenaShrinkages'),
    reserves: count('NumReserves'),
  }
}

function pairsOf(calls: OrtCalls, pairs: number): Map<string, string> {
  const keys: [unknown] = [null]
  const values: [unknown] = [null]
  const count: [unknown] = [null]
  calls.raw.GetKeyValuePairs(pairs, keys, values, count)
  const length = Number(count[0])
  const texts = (pointer: unknown): string[] =>
    length === 0 ? [] : [...(koffi.decode(pointer, koffi.array('char *', length)) as string[])]
  const [names, texts2] = [texts(keys[0]), texts(values[0])]
  calls.raw.ReleaseKeyValuePairs(pairs)
  return new Map(names.map((name, i) => [name, texts2[i] as string]))
}
