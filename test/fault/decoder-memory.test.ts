/** A decoder process lives as long as ingest: whatever comes and goes in it, it does not grow. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { AvDecoder } from '../../ingest/decoder/av/decoder.js'
import { AvPool } from '../../ingest/decoder/av/pool.js'
import { parseSource } from '../../ingest/decoder/source.js'
import { usageOf } from '../../ingest/decoder/usage.js'
import { createLog } from '../../shared/log.js'
import { decoderRingOf, RING_SLOTS } from '../tools/decoder-ring.js'
import { type Camera, startCamera } from '../tools/gst-camera.js'
import { createTempSlab, type TempSlab } from '../tools/temp-slab.js'

/** The heaps of JavaScript and of glibc find their size in the first of them. */
const WARM_UP = 15
/** RINGSIDE_TEST_RECONNECTS=100 for the whole proof. */
const RECONNECTS = Number(process.env.RINGSIDE_TEST_RECONNECTS ?? 30)
const STREAMS = 3
const FRAMES = 3
/** A leak of one frame (640×480, 460 kB) at each reconnect would be three times this. */
const MAX_GROWTH_BYTES = (STREAMS * RECONNECTS * 460_800) / 3

let temp: TempSlab
let camera: Camera
let pool: AvPool

beforeAll(async () => {
  temp = createTempSlab({ slotCount: STREAMS * RING_SLOTS, rowCount: STREAMS, widthPx: 320, heightPx: 320 })
  camera = await startCamera({ width: 640, height: 480, fps: 25, gop: 3 })
  pool = new AvPool({ kind: 'software' }, STREAMS, createLog({ level: 'silent', name: 'test' }))
  expect(await pool.unavailable()).toBeNull()
})
afterAll(async () => {
  await pool?.close()
  await camera?.kill()
  temp?.close()
})

it(`stays as large as it is over ${RECONNECTS} reconnects of ${STREAMS} streams`, {
  timeout: 300_000,
}, async () => {
  for (let i = 0; i < WARM_UP; i++) await reconnectAll()
  const [pid] = pool.pids() as [number]
  const before = residentOf(pid)
  for (let i = 0; i < RECONNECTS; i++) await reconnectAll()
  const grown = residentOf(pid) - before
  if (process.env.RINGSIDE_TEST_RECONNECTS) console.log({ before, grown })
  expect(pool.pids()).toEqual([pid])
  expect(grown).toBeLessThan(MAX_GROWTH_BYTES)
})

function residentOf(pid: number): number {
  return usageOf(pid)?.residentBytes ?? Number.NaN
}

async function reconnectAll(): Promise<void> {
  await Promise.all(Array.from({ length: STREAMS }, (_, row) => decodeAFew(row)))
}

/** Connects, takes a few frames, and hangs up. */
function decodeAFew(row: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let frames = 0
    const decoder = new AvDecoder(
      pool,
      {
        source: parseSource(camera.url, false),
        ring: decoderRingOf(temp, row, { anchor: 'center', padValue: 114 }),
        ...{ epoch: 1, maxFps: null, keyframesOnly: false, maxPixels: 8_912_896, killGraceMs: 1000 },
      },
      {
        committed: () => undefined,
        event: () => undefined,
        arrived: () => {
          if (++frames === FRAMES) decoder.stop('paused')
        },
        ended: end =>
          frames >= FRAMES ? resolve() : reject(new Error(`ended ${end.kind} after ${frames} frames`)),
      },
    )
  })
}
