/** `node dist/test/bench/gpu/upload.js`: frames out of a page-locked slab to the device, one asynchronous copy each: bytes a second, and what a call costs. */
import { createTempSlab } from '../../tools/temp-slab.js'
import { openGpu } from './gpu-host.js'
import { check, end, judged, tableOf, writeJson } from './outcome.js'

const LEAST_GBPS = 45
const SIDE_PX = 640
const SLOTS = 192
const BATCH = 64
const ROUNDS = 5
const COPIES = 4096

const gpu = openGpu()

await end(async () => {
  const temp = createTempSlab({ slotCount: SLOTS, rowCount: 1, widthPx: SIDE_PX, heightPx: SIDE_PX })
  const { frameBytes, pixelsOffset, strideBytes } = temp.slab.layout
  for (let slot = 0; slot < SLOTS; slot++) temp.slab.pixels(slot).fill(slot)
  const { device } = gpu
  const slab = device.pin(temp.slab.bytes)
  const there = device.allocate(BATCH * frameBytes)
  const back = device.allocatePinned(BATCH * frameBytes)
  const stream = device.createStream()
  const [from, to] = [device.createEvent(true), device.createEvent(true)]
  const perFrame = (copies: number): number => {
    const startedAt = performance.now()
    for (let i = 0; i < copies; i++) {
      const slot = (i * 7) % SLOTS
      stream.upload(there, (i % BATCH) * frameBytes, slab, pixelsOffset + slot * strideBytes, frameBytes)
    }
    return (performance.now() - startedAt) * 1000
  }
  const rounds: { gbps: number; callUs: number }[] = []
  perFrame(BATCH)
  stream.synchronize()
  for (let round = 0; round < ROUNDS; round++) {
    stream.record(from)
    const enqueueUs = perFrame(COPIES)
    stream.record(to)
    stream.synchronize()
    const gbps = (COPIES * frameBytes) / (to.msSince(from) * 1e6)
    rounds.push({ gbps, callUs: enqueueUs / COPIES })
  }
  const arrived = whatArrived()
  for (const each of [from, to, stream]) each.destroy()
  for (const each of [there, back, slab]) each.free()
  temp.close()
  await gpu.close()
  writeJson('upload', { gpu: gpu.description, frameBytes, rounds })
  console.log(gpu.description)
  console.log(
    tableOf(
      ['round', 'GB/s', 'µs a call'],
      rounds.map(({ gbps, callUs }, i) => [i + 1, gbps.toFixed(1), callUs.toFixed(2)]),
    ),
  )
  const best = Math.max(...rounds.map(({ gbps }) => gbps))
  return judged([
    check('frames arrive whole', arrived, `the last ${BATCH} copies read back`),
    check(`at least ${LEAST_GBPS} GB/s`, best >= LEAST_GBPS, `${best.toFixed(1)} GB/s in the best round`),
  ])

  /** The device's copy of the last batch, against the slots it came from. */
  function whatArrived(): boolean {
    back.view.fill(255)
    stream.download(back, 0, there, 0, back.view.length)
    stream.synchronize()
    return Array.from({ length: BATCH }, (_, i) => i).every(i => {
      const slot = ((COPIES - BATCH + i) * 7) % SLOTS
      const at = ((COPIES - BATCH + i) % BATCH) * frameBytes
      return [0, frameBytes >> 1, frameBytes - 1].every(byte => back.view[at + byte] === slot)
    })
  }
})
