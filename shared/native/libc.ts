/** The few libc calls that Node has no name for. Only `shared/native` and `infer/engine` know koffi. Linux. */
import fs from 'node:fs'
import { getSystemErrorMessage } from './errno.js'
import { koffi } from './ffi.js'

const libc = koffi.load('libc.so.6')
const mmap = libc.func('void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)')
const munmap = libc.func('int munmap(void *addr, size_t length)')
const posixFallocate = libc.func('int posix_fallocate(int fd, int64_t offset, int64_t length)')
const pipe2 = libc.func('int pipe2(_Out_ int *fds, int flags)')
const mallocTrim = libc.func('int malloc_trim(size_t pad)')
const mallinfo2 = findMallinfo2()
const exitAtOnce = libc.func('void _exit(int status)')
const alarm = libc.func('unsigned int alarm(unsigned int seconds)')
const fcntl = libc.func('int fcntl(int fd, int cmd, ...)')

const PROT_READ = 1
const PROT_WRITE = 2
const MAP_SHARED = 1
const O_CLOEXEC = 0o2000000
const F_SETPIPE_SZ = 1031

/** Bytes of a file mapped into this process, shared with every other that maps it. */
export interface Mapping {
  buffer: ArrayBuffer
  /** Address of the first byte: for engines that pin or copy it. */
  address: bigint
  /** Views of `buffer` must not be used afterwards. */
  unmap(): void
}

/**
 * Allocates every page of the file, so that a later store can never raise SIGBUS.
 * @returns 0, or the errno (ENOSPC where the tmpfs is too small).
 */
export function allocateFile(fd: number, bytes: number): number {
  return posixFallocate(fd, 0, bytes) as number
}

/** Maps the first `bytes` of the open file, readable and writable. @throws Error where mmap refuses. */
export function mapFile(fd: number, bytes: number): Mapping {
  const address = mmap(null, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) as bigint
  if (address === 0xffffffffffffffffn || address === -1n)
    throw new Error(`mmap: ${getSystemErrorMessage(koffi.errno())}`)
  let mapped = true
  return {
    buffer: koffi.view(address, bytes) as ArrayBuffer,
    address,
    unmap(): void {
      if (mapped) munmap(address, bytes)
      mapped = false
    },
  }
}

/** A pipe with room for `bytes` (the kernel may give less; Linux allows 1 MiB to ordinary users). Both ends close on exec. */
export function openPipe(bytes: number): { readFd: number; writeFd: number } {
  const fds: [number, number] = [-1, -1]
  if (pipe2(fds, O_CLOEXEC) !== 0) throw new Error(`pipe2: ${getSystemErrorMessage(koffi.errno())}`)
  fcntl(fds[0], F_SETPIPE_SZ, 'int', bytes)
  return { readFd: fds[0], writeFd: fds[1] }
}

/** Bytes free for this user in the file system that holds `dir`. */
export function freeBytes(dir: string): number {
  const { bavail, bsize } = fs.statfsSync(dir)
  return bavail * bsize
}

/** Gives freed heap back to the system: glibc keeps what large sessions leave behind, and others could use it. */
export function trimHeap(): void {
  mallocTrim(0)
}

/** What malloc of glibc has of the system, over all of its heaps (`mallinfo2(3)`). A call takes some 20 µs. */
export interface MallocInfo {
  /** Handed out of heaps. */
  heapInUseBytes: number
  /** Of heaps, free ones included; what `malloc_trim` gave back counts still. */
  heapBytes: number
  /** Handed out as mappings of their own: blocks of 128 KiB … 32 MiB and more, and all that is larger. */
  mappedBytes: number
}

/** null where the C library does not tell: glibc before 2.33. */
export function mallocInfo(): MallocInfo | null {
  if (!mallinfo2) return null
  const { uordblks, arena, hblkhd } = mallinfo2() as Record<'uordblks' | 'arena' | 'hblkhd', number | bigint>
  return { heapInUseBytes: Number(uordblks), heapBytes: Number(arena), mappedBytes: Number(hblkhd) }
}

function findMallinfo2(): (() => unknown) | null {
  const fields = [
    'arena',
    'ordblks',
    'smblks',
    'hblks',
    'hblkhd',
    'usmblks',
    'fsmblks',
    'uordblks',
    'fordblks',
    'keepcost',
  ]
  const result = koffi.struct('mallinfo2', Object.fromEntries(fields.map(field => [field, 'size_t'])))
  try {
    return libc.func('mallinfo2', result, [])
  } catch {
    return null // an older glibc: its mallinfo counts in 32 bits, and is of no use
  }
}

/** The kernel kills the process (SIGALRM) when the time is over, whatever it does or waits for by then. */
export function killWithin(seconds: number): void {
  alarm(seconds)
}

/**
 * Ends the process here and now: no handler runs, no thread is joined, nothing is flushed. `process.exit` waits for its worker
 * threads, and one that is stuck in a call to a dead device never ends.
 */
export function exitNow(status: number): never {
  exitAtOnce(status)
  throw new Error('_exit returned')
}
