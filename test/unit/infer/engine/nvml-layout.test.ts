import { describe, expect, it } from 'vitest'
import {
  celsiusOf,
  layout,
  memoryOf,
  memoryV2Of,
  processesOf,
  structVersion,
  textOf,
  throttleReasonsOf,
  utilizationOf,
} from '../../../../infer/engine/native/nvml-layout.js'
import { gpuThrottleReasons } from '../../../../shared/process/gpu-report.js'
import { compiler, FakeNvml, withoutCompiler } from '../../../tools/fake-nvml.js'

/** Bytes as a C compiler lays them out, little-endian, from pairs of size and value. */
function struct(...fields: [size: 4 | 8, value: number | bigint][]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0))
  const view = new DataView(bytes.buffer)
  let offset = 0
  for (const [size, value] of fields) {
    if (size === 4) view.setUint32(offset, Number(value), true)
    else view.setBigUint64(offset, BigInt(value), true)
    offset += size
  }
  return bytes
}
const PAD = [4, 0xdeadbeef] as [4, number]

describe('structs of NVML', () => {
  it('has memory of version 2 after a version and its padding', () => {
    const bytes = struct(
      [4, 0x2000028],
      PAD,
      [8, 150_754_820_096n],
      [8, 657_457_152n],
      [8, 3n],
      [8, 2n ** 40n],
    )
    expect(bytes).toHaveLength(layout.memoryV2.bytes)
    expect(memoryV2Of(bytes)).toEqual({
      totalBytes: 150_754_820_096,
      reservedBytes: 657_457_152,
      freeBytes: 3,
      usedBytes: 2 ** 40,
    })
  })

  it('has total, free and used in the first version, with no word of what is reserved', () => {
    const bytes = struct([8, 30n], [8, 20n], [8, 10n])
    expect(bytes).toHaveLength(layout.memory.bytes)
    expect(memoryOf(bytes)).toEqual({ totalBytes: 30, freeBytes: 20, usedBytes: 10, reservedBytes: null })
  })

  it('makes shares of percentages, and keeps degrees below zero', () => {
    expect(utilizationOf(struct([4, 87], [4, 31]))).toEqual({ smBusy: 0.87, memoryBusy: 0.31 })
    expect(celsiusOf(struct([4, 0x100000c], [4, 0], [4, -7 >>> 0]))).toBe(-7)
  })

  it('reads a list of processes, one entry a pid, of those that were filled in', () => {
    const none = 0xffff_ffff_ffff_ffffn
    const entry = (pid: number, used: bigint): Uint8Array =>
      struct([4, pid], PAD, [8, used], [4, 0xffffffff], [4, 0xffffffff])
    const list = Buffer.concat([entry(7, 100n), entry(8, none), entry(7, 20n), entry(4e9, 5n), entry(9, 1n)])
    expect(list).toHaveLength(5 * layout.processInfo.bytes)
    expect(processesOf(list, 4)).toEqual([
      { pid: 7, usedBytes: 120 },
      { pid: 8, usedBytes: null },
      { pid: 4e9, usedBytes: 5 },
    ])
    expect(processesOf(list, 0)).toEqual([])
  })

  it('has a word for each bit that holds the clocks back', () => {
    expect(throttleReasonsOf(0n)).toEqual([])
    expect(throttleReasonsOf(0x24n)).toEqual(['power_cap', 'software_thermal'])
    expect(throttleReasonsOf(0x7ffn)).toEqual([...gpuThrottleReasons])
    expect(throttleReasonsOf(1n << 40n)).toEqual([])
  })

  it('ends a text at its zero, or with its buffer', () => {
    expect(textOf(Buffer.from('NVIDIA H200\0rubbish'))).toBe('NVIDIA H200')
    expect(textOf(Buffer.from('full'))).toBe('full')
  })

  it('says its version as the header computes it', () => {
    expect(structVersion(layout.memoryV2.bytes, 2)).toBe(0x2000028)
    expect(structVersion(layout.temperature.bytes, 1)).toBe(0x100000c)
    expect(structVersion(40, 200)).toBeGreaterThan(0)
  })

  it.skipIf(!compiler)(`lays them out as the C compiler does${withoutCompiler}`, () => {
    const nvml = new FakeNvml()
    try {
      for (const [name, fields] of Object.entries(layout)) {
        const compiled = Object.keys(fields).map(field => [field, nvml.layout(`${name}.${field}`)])
        expect({ [name]: Object.fromEntries(compiled) }).toEqual({ [name]: fields })
      }
    } finally {
      nvml.remove()
    }
  })
})
