/** What a process says of its own memory: read from /proc and malloc, and divided by owner without a rest. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mallocInfo } from '../../../../shared/native/libc.js'
import { hostAllocations } from '../../../../shared/process/own-allocations.js'
import { heapBytesOf, readOwnMemory, residentParts } from '../../../../shared/process/own-memory.js'

const MIB = 2 ** 20
const mapping = (range: string, access: string, name: string, anonymousKb: number): string =>
  [
    `${range} ${access} 00000000 00:00 0${name ? `    ${name}` : ' '}`,
    'Rss: 999 kB',
    `Anonymous:      ${anonymousKb} kB`,
    'Swap: 7 kB',
  ].join('\n')

describe('heapBytesOf', () => {
  it('counts the first heap and those of other threads, and nothing else', () => {
    const smaps = [
      mapping('55d0c0000000-55d0c1000000', 'rw-p', '[heap]', 4000),
      mapping('7f2a4c000000-7f2a4d000000', 'rw-p', '', 300), // on a multiple of 64 MiB
      mapping('7f2a4d000000-7f2a50000000', '---p', '', 50),
      mapping('7f2a51234000-7f2a51300000', 'rw-p', '', 9000), // mapped by itself
      mapping('7ffc10000000-7ffc10021000', 'rw-p', '[stack]', 100),
      mapping('7f2a54000000-7f2a54001000', 'rw-s', '/dev/shm/a.slab', 70),
    ].join('\n')
    expect(heapBytesOf(smaps)).toBe(4300 * 1024)
  })
})

describe('this process', () => {
  it('has the parts that the kernel says, and malloc’s within them', async () => {
    const own = await readOwnMemory()
    const { rss } = process.memoryUsage()
    const { shmBytes } = residentParts()
    expect(own.anonymousBytes + own.fileBytes + shmBytes).toBeGreaterThan(0.8 * rss)
    expect(own.anonymousBytes + own.fileBytes + shmBytes).toBeLessThan(1.2 * rss)
    expect(own.heapsBytes).toBeLessThan(own.anonymousBytes)
    expect(own.jsHeapBytes).toBeGreaterThan(MIB)
  })

  it('sees a large block come and go in what malloc has mapped', () => {
    const before = mallocInfo()
    if (!before) throw new Error('this C library has no mallinfo2: glibc 2.33 or later is needed')
    const block = new Uint8Array(64 * MIB)
    const during = mallocInfo()
    expect(during?.mappedBytes).toBeGreaterThanOrEqual(before.mappedBytes + block.byteLength)
    expect(before.heapInUseBytes).toBeLessThanOrEqual(before.heapBytes)
  })
})

describe('hostAllocations', () => {
  const own = {
    anonymousBytes: 500 * MIB,
    fileBytes: 50 * MIB,
    jsHeapBytes: 40 * MIB,
    heapsBytes: 90 * MIB,
    malloc: { inUseBytes: 300 * MIB, freeBytes: 20 * MIB },
  }
  const model = { kind: 'weights', owner: 'model a', where: 'host', count: 1, exact: false } as const

  it('gives every byte of malloc one owner, and the rest to other', () => {
    const held = { allocations: [{ ...model, bytes: 250 * MIB }], mallocBytes: 280 * MIB }
    const bytes = Object.fromEntries(hostAllocations(own, held).map(each => [each.kind, each.bytes / MIB]))
    expect(bytes).toEqual({ weights: 250, code: 50, heap: 40, external: 20, arena: 20, other: 170 })
  })

  it('sums to what is resident wherever the known parts are no more than that, and leaves shared memory out', () => {
    fc.assert(
      fc.property(fc.nat(600), fc.nat(400), fc.nat(100), (model1, malloc, shm) => {
        const ring = {
          kind: 'ring',
          owner: 'stream x',
          where: 'shm',
          count: 1,
          bytes: shm * MIB,
          exact: true,
        } as const
        const held = { allocations: [{ ...model, bytes: model1 * MIB }, ring], mallocBytes: malloc * MIB }
        const all = hostAllocations(own, held)
        const sum = all.reduce((bytes, each) => bytes + (each.where === 'host' ? each.bytes : 0), 0)
        const external = Math.max(0, 300 - malloc)
        expect(sum).toBe(Math.max(550, 50 + 40 + 20 + model1 + external) * MIB)
      }),
    )
  })

  it('does without malloc’s word where the C library has none', () => {
    const all = hostAllocations({ ...own, malloc: null }, { allocations: [], mallocBytes: 0 })
    expect(all.map(({ kind }) => kind)).toEqual(['code', 'heap', 'other'])
  })
})
