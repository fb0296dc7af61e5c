/**
 * What this process holds of the host's memory, as the kernel, malloc and V8 tell it. Linux; reads /proc of the process itself.
 *
 * Where memory of a process with ONNX Runtime lies (measured: 1.30 on glibc 2.36, two models with buckets 1, 2, 4):
 * - V8's heap is mapped by V8 itself: neither malloc nor its counters see it.
 * - The CPU arena of ONNX Runtime grows by powers of two (8, 16, 32, 64 MiB …) and asks malloc for each growth. Such blocks are
 *   mappings of their own: they count in `mappedBytes`, are returned whole when the session ends, and are never fragmented for
 *   malloc. What the arena does not use inside of them nobody tells. Some of their pages were never touched: resident is less.
 * - Weights as packed for kernels, the graph and JavaScript's ArrayBuffers lie in malloc's heaps, one a thread. There free blocks
 *   between used ones stay resident: after a session ended 26 of 76 MiB, of which `malloc_trim` gave back 11 within 1 ms.
 * - `heapBytes` of malloc goes on counting what a trim gave back, so the resident part is taken from smaps: about 10 ms of a
 *   thread of the pool for a process of 400 MiB, which is why it is read every few seconds only.
 */
import fs from 'node:fs'
import v8 from 'node:v8'
import { mallocInfo } from '../native/libc.js'

export interface OwnMemory {
  /** Resident and anonymous: heaps, stacks, sessions. */
  anonymousBytes: number
  /** Resident pages of files: programs and libraries. */
  fileBytes: number
  /** Of the JavaScript heap of the main thread. */
  jsHeapBytes: number
  /** Resident, of malloc's heaps. */
  heapsBytes: number
  /** null where the C library does not tell. */
  malloc: MallocUse | null
}

export interface MallocUse {
  /** Handed out. */
  inUseBytes: number
  /** Free, and resident all the same. */
  freeBytes: number
}

export async function readOwnMemory(): Promise<OwnMemory> {
  const heapsBytes = await residentHeapBytes()
  const { anonymousBytes, fileBytes } = residentParts()
  return {
    anonymousBytes,
    fileBytes,
    jsHeapBytes: v8.getHeapStatistics().total_physical_size,
    heapsBytes,
    malloc: mallocUse(heapsBytes),
  }
}

/** Resident memory of a process, by kind (`proc(5)`, status). @throws Error where it is gone. */
export function residentParts(pid: number | 'self' = 'self') {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'latin1')
  const of = (key: string): number => {
    const found = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)
    if (!found) throw new Error(`/proc/${pid}/status has no ${key}: Linux 4.5 or later is needed`)
    return Number(found[1]) * 1024
  }
  return { anonymousBytes: of('RssAnon'), fileBytes: of('RssFile'), shmBytes: of('RssShmem') }
}

/** @param heapsBytes resident memory of malloc's heaps, as `residentHeapBytes` saw it lately. */
export function mallocUse(heapsBytes: number): MallocUse | null {
  const info = mallocInfo()
  if (!info) return null
  const { heapInUseBytes, mappedBytes } = info
  return { inUseBytes: heapInUseBytes + mappedBytes, freeBytes: Math.max(0, heapsBytes - heapInUseBytes) }
}

/** Resident anonymous bytes of malloc's heaps. In a thread of the pool, while this one goes on. */
export async function residentHeapBytes(): Promise<number> {
  return heapBytesOf(await fs.promises.readFile('/proc/self/smaps', 'latin1'))
}

/** glibc begins the heap of each thread but the first on a multiple of this (`HEAP_MAX_SIZE`, malloc/arena.c). */
const HEAP_ALIGNMENT_BYTES = 64n * 2n ** 20n

/** @param smaps text of `/proc/…/smaps` (`proc(5)`). */
export function heapBytesOf(smaps: string): number {
  let bytes = 0
  let isHeap = false
  for (const line of smaps.split('\n')) {
    const mapping = /^([0-9a-f]+)-[0-9a-f]+ (\S{4}) \S+ \S+ \d+ *(.*)$/.exec(line)
    if (mapping) isHeap = isMallocHeap(mapping as unknown as [string, string, string, string])
    else if (isHeap) bytes += Number(/^Anonymous: +(\d+) kB$/.exec(line)?.[1] ?? 0) * 1024
  }
  return bytes
}

function isMallocHeap([, start, access, name]: readonly [string, string, string, string]): boolean {
  if (name === '[heap]') return true
  return name === '' && access === 'rw-p' && BigInt(`0x${start}`) % HEAP_ALIGNMENT_BYTES === 0n
}
