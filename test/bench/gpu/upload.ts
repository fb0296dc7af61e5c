/**
 * `node dist/test/bench/gpu/upload.js`: frames out of a page-locked slab to the device, one asynchronous copy each: bytes a second, and what
 * a call costs, for frames of two sizes. The copy engine takes about 3 µs to begin a copy, whatever its size and however many streams
 * there are to take from: the link's own rate shows in large frames.
 */
import { createTempSlab } from '../../tools/temp-slab.js'
import { openGpu } from './gpu-host.js'
import { type Check, check, end, judged, tableOf, writeJson } from './outcome.js'

const LEAST_GBPS = 45
/** 0.6 MB a frame, and the 1.2 MB for which the limit stands. */
const SIDES_PX = [640, 896]
const JUDGED_SIDE_PX = 896
const SLOTS = 192
const BATCH = 64
const ROUNDS = 5
const COPIES = 4096

const gpu = openGpu()

await end(async () => {
  const sizes = SIDES_PX.map(measure)
  await gpu.close()
  writeJson('upload', { gpu: gpu.description, sizes })
  console.log(gpu.description)
  console.log(
    tableOf(
      ['frame, MB', 'GB/s', 'µs a call'],
      sizes.flatMap(({ frameBytes, rounds }) =>
        rounds.map(({ gbps, callUs }) => [(frameBytes / 1e6).toFixed(2), gbps.toFixed(1), callUs.toFixed(2)]),
      ),
    ),
  )
  return judged(sizes.flatMap(checksOf))
})

interface Size {
  sidePx: number
  frameBytes: number
  rounds: { gbps: number; callUs: number }[]
  arrived: boolean
}

function checksOf({ sidePx, frameBytes, rounds, arrived }: Size): Check[] {
  const megabytes = `${(frameBytes / 1e6).toFixed(2)} MB`
  const best = Math.max(...rounds.map(({ gbps }) => gbps))
  const whole = check(`frames of ${megabytes} arrive whole`, arrived, `the last ${BATCH} copies read back`)
  if (sidePx !== JUDGED_SIDE_PX) return [whole]
  const told = `${best.toFixed(1)} GB/s in the best round`
  return [whole, check(`at least ${LEAST_GBPS} GB/s in frames of ${megabytes}`, best >= LEAST_GBPS, told)]
}

function measure(sidePx: number): Size {
  const temp = createTempSlab({ slotCount: SLOTS, rowCount: 1, widthPx: sidePx, heightPx: sidePx })
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
  const rounds: Size['rounds'] = []
  perFrame(BATCH)
  stream.synchronize()
  for (let round = 0; round < ROUNDS; round++) {
    stream.record(from)
    const enqueueUs = perFrame(COPIES)
    stream.record(to)
    stream.synchronize()
    rounds.push({
      gbps: (COPIES * frameBytes) / (to.msSince(from) * 1e6),
      callUs: enqueueUs / COPIES,
    })
  }
  const arrived = whatArrived()
  for (const each of [from, to, stream]) each.destroy()
  for (const each of [there, back, slab]) each.free()
  temp.close()
  return { sidePx, frameBytes, rounds, arrived }

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
}
