/** What a load on a GPU is seen to take, on a device that is a number. */
import { expect, it } from 'vitest'
import { LoadMeter } from '../../../../../infer/engine/cuda/load-meter.js'

it('sees growth, the most in between, and what was there when each bucket was warm', () => {
  let used = 1000
  const device = {
    memory: () => ({ totalBytes: 10_000, freeBytes: 10_000 - used }),
    processBytes: () => used - 400,
  }
  const arena = { inUseBytes: 5, totalAllocatedBytes: 40, maxInUseBytes: 45 }
  const bucket = (size: number) => ({ size, bufferBytes: 10 * size, arena: () => arena as never })
  const meter = new LoadMeter(device)
  meter.begin()
  used = 1900
  meter.look()
  used = 1300
  meter.warmed()
  used = 1350
  meter.end(bucket(1), { firstRunMs: 7, runMs: [1, 2] })
  meter.begin()
  used = 1500
  meter.warmed()
  meter.end(bucket(8), { firstRunMs: 9, runMs: [3] })
  const [first, second] = meter.loads
  expect(first).toEqual({
    bucket: 1,
    warmBytes: 300,
    residentBytes: 350,
    peakBytes: 900,
    bufferBytes: 10,
    arena: { idleBytes: 5, reservedBytes: 40, peakBytes: 45 },
    processBytes: 950,
    deviceUsedBytes: 1350,
    firstRunMs: 7,
    runMs: [1, 2],
  })
  expect(second).toMatchObject({ bucket: 8, warmBytes: 150, residentBytes: 150, peakBytes: 150 })
})
