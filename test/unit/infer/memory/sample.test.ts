/** What a sample of the timeline says is in use, and how full a host is. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { cgroupUsedBytes, hostMemory, parseMeminfo, tmpfsFill } from '../../../../infer/memory/host-memory.js'
import { arenaUse, mallocMemoryUse } from '../../../../infer/memory/sample.js'
import { fragmentationOf } from '../../../../shared/memory/timeline.js'

const arena = (arenaInUseBytes: number, arenaMaxInUseBytes: number, arenaReservedBytes: number) => ({
  arenaInUseBytes,
  arenaMaxInUseBytes,
  arenaReservedBytes,
  arenaLimitBytes: 10_000,
  allocationsAfterWarmUp: 0,
  outOfMemory: 0,
})

describe('arenaUse', () => {
  it('counts as in use what runs need, also between two of them', () => {
    const use = arenaUse([arena(10, 600, 800), arena(5, 300, 200), null])
    expect(use).toEqual({ inUseBytes: 800, reservedBytes: 1000, peakBytes: 900 })
    expect(fragmentationOf(use)).toBeCloseTo(0.2)
  })

  it('knows nothing where no engine has told', () => {
    expect(arenaUse([null])).toEqual({ inUseBytes: null, reservedBytes: null, peakBytes: null })
    expect(fragmentationOf(arenaUse([]))).toBeNull()
  })
})

describe('mallocMemoryUse', () => {
  it('remembers the peak', () => {
    const use = { inUseBytes: 70, freeBytes: 30 }
    expect(mallocMemoryUse(use, 90)).toEqual({ inUseBytes: 70, reservedBytes: 100, peakBytes: 90 })
    expect(mallocMemoryUse(use, 50).peakBytes).toBe(70)
    expect(mallocMemoryUse(null, 50).inUseBytes).toBeNull()
  })
})

describe('the host', () => {
  it('has used what cannot be had any more', () => {
    const text = 'MemTotal:        4000 kB\nMemFree:          100 kB\nMemAvailable:    1500 kB\n'
    expect(parseMeminfo(text)).toEqual({ usedBytes: 2500 * 1024, totalBytes: 4000 * 1024 })
  })

  it('counts page cache of a cgroup that is easy to give up as free; without a cgroup there is none', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cgroup-'))
    expect(cgroupUsedBytes(folder)).toBeNull()
    fs.writeFileSync(path.join(folder, 'memory.current'), '5000\n')
    fs.writeFileSync(path.join(folder, 'memory.stat'), 'anon 3000\ninactive_file 1200\nactive_file 800\n')
    expect(cgroupUsedBytes(folder)).toBe(3800)
    fs.rmSync(folder, { recursive: true })
  })

  it('is read as it is', () => {
    const host = hostMemory()
    expect(host.totalBytes).toBeLessThanOrEqual(os.totalmem())
    expect(host.usedBytes).toBeGreaterThan(process.memoryUsage().rss / 2)
    expect(host.usedBytes).toBeLessThan(host.totalBytes)
    const before = tmpfsFill('/dev/shm')
    const file = `/dev/shm/rs-fill-${process.pid}`
    fs.writeFileSync(file, Buffer.alloc(2 ** 20, 1))
    const after = tmpfsFill('/dev/shm')
    fs.rmSync(file)
    expect(after.totalBytes).toBe(before.totalBytes)
    expect(after.usedBytes).toBeGreaterThan(0)
  })
})
