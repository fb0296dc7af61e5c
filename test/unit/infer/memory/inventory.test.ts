/** What models hold, divided by owner: nothing twice, nothing lost, on a CPU and on a GPU. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  contextAllocation,
  type InventoryModel,
  modelAllocations,
} from '../../../../infer/memory/inventory.js'
import type { Allocation } from '../../../../shared/memory/allocation.js'

const MIB = 2 ** 20
const slab = { totalBytes: 64 * 4096 + 4096, strideBytes: 4096, slotCount: 64 }
const base: InventoryModel = {
  name: 'nano',
  fileBytes: 4 * MIB,
  buckets: [1, 4],
  frameBytes: MIB,
  maxCandidates: 300,
  held: { hostBytes: 100 * MIB, mallocBytes: 120 * MIB },
  device: null,
  slab,
  rings: new Map([['gate', 4]]),
}
const sum = (all: readonly Allocation[], where: string) =>
  all.filter(each => each.where === where).reduce((bytes, each) => bytes + each.bytes, 0)

describe('modelAllocations', () => {
  it('divides what a CPU model holds among weights, buffers and the rest', () => {
    const { allocations, mallocBytes } = modelAllocations([base])
    expect(mallocBytes).toBe(120 * MIB)
    expect(allocations).toEqual([
      { kind: 'weights', owner: 'model nano', where: 'host', count: 1, bytes: 4 * MIB, exact: false },
      { kind: 'buffers', owner: 'bucket 1 of nano', where: 'host', count: 1, bytes: MIB, exact: true },
      { kind: 'buffers', owner: 'bucket 4 of nano', where: 'host', count: 1, bytes: 4 * MIB, exact: true },
      { kind: 'activations', owner: 'model nano', where: 'host', count: 1, bytes: 91 * MIB, exact: false },
      { kind: 'slab', owner: 'model nano', where: 'shm', count: 60, bytes: 61 * 4096, exact: true },
      { kind: 'ring', owner: 'stream gate', where: 'shm', count: 4, bytes: 4 * 4096, exact: true },
    ])
  })

  it('divides what a GPU model holds; arenas, buffers and context sum to its load', () => {
    const device = { loadBytes: 500 * MIB, arena: { maxInUseBytes: 200 * MIB, reservedBytes: 300 * MIB } }
    const { allocations } = modelAllocations([{ ...base, device }])
    expect(sum(allocations, 'device')).toBe(500 * MIB)
    const of = (kind: string) => allocations.filter(each => each.kind === kind && each.where === 'device')
    expect(of('arena')).toEqual([
      { kind: 'arena', owner: 'model nano', where: 'device', count: 1, bytes: 100 * MIB, exact: true },
    ])
    expect(of('weights')[0]?.bytes).toBe(8 * MIB) // a session a bucket
    expect(of('buffers').map(({ bytes }) => bytes)).toEqual([1, 4].map(n => 2 * n * (MIB + 300 * 24)))
  })

  it('adds the rings of a stream that is in two slabs', () => {
    const other = { ...base, name: 'small', rings: new Map([['gate', 2]]) }
    const rings = modelAllocations([base, other]).allocations.filter(({ kind }) => kind === 'ring')
    expect(rings).toEqual([
      { kind: 'ring', owner: 'stream gate', where: 'shm', count: 6, bytes: 6 * 4096, exact: true },
    ])
  })

  it('names no owner twice, and on the host sums to what was measured wherever the buffers fit in it', () => {
    const model = fc.record({
      fileBytes: fc.nat(50 * MIB),
      hostBytes: fc.nat(500 * MIB),
      buckets: fc.uniqueArray(fc.constantFrom(1, 2, 4, 8, 16), { minLength: 1 }),
    })
    fc.assert(
      fc.property(fc.array(model, { maxLength: 4 }), drawn => {
        const models = drawn.map(({ hostBytes, ...rest }, i) => ({
          ...base,
          ...rest,
          name: `m${i}`,
          held: { hostBytes, mallocBytes: hostBytes },
        }))
        const { allocations } = modelAllocations(models)
        const names = allocations.map(({ kind, owner, where }) => `${kind}|${owner}|${where}`)
        expect(new Set(names).size).toBe(names.length)
        const expected = models.reduce(
          (all, { held, buckets }) =>
            all + Math.max(held.hostBytes, buckets.reduce((a, b) => a + b, 0) * MIB),
          0,
        )
        expect(sum(allocations, 'host')).toBe(expected)
      }),
    )
  })
})

describe('contextAllocation', () => {
  it('is what the process holds of the device beyond its models; unknown in a container', () => {
    const model = { ...base, device: { loadBytes: 300, arena: null } }
    expect(contextAllocation(1000, [model])[0]?.bytes).toBe(700)
    expect(contextAllocation(null, [model])).toEqual([])
  })
})
