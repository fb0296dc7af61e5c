/** Another frame rate cap while a stream runs: within a second, with the decoder that runs where it can, and without a gap. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DecoderBackendName } from '../../shared/stream/decoder.js'
import { type Camera, startCamera } from '../tools/gst-camera.js'
import { type IngestStage, type SeenFrame, sleepMs, startIngestStage } from '../tools/ingest-stage.js'

const CAMERA_FPS = 20

let camera: Camera
let ingest: IngestStage

beforeAll(async () => {
  camera = await startCamera({ width: 320, height: 240, fps: CAMERA_FPS, gop: CAMERA_FPS })
  ingest = await startIngestStage()
  await ingest.announceSlab()
})
afterAll(async () => {
  await ingest?.close()
  await camera?.kill()
})

/** Frames a second that came from `fromMs` until `toMs` from now, ms. */
async function rate(id: string, fromMs: number, toMs: number): Promise<number> {
  await sleepMs(fromMs)
  const before = ingest.frames(id).length
  await sleepMs(toMs - fromMs)
  return ((ingest.frames(id).length - before) * 1000) / (toMs - fromMs)
}

/** The longest time between two frames that were captured one after the other, ms. */
function longestGapMs(frames: readonly SeenFrame[]): number {
  const at = frames.map(frame => frame.capturedWallMs).sort((a, b) => a - b)
  return Math.max(0, ...at.slice(1).map((ms, i) => ms - (at[i] as number)))
}

describe.each(['libav', 'ffmpeg'] as const satisfies readonly DecoderBackendName[])(
  'decoded by %s',
  decoder => {
    const id = `cap-${decoder}`
    let pid: number | null

    it('a lower cap holds within a second, with the same decoder', async () => {
      await ingest.register(id, camera.url, { decoder })
      await ingest.untilFrames(id, 10, 10_000)
      pid = (await ingest.untilState(id, 'live', 2000)).decoderPid
      await ingest.update(id, { fps: 5 })
      const fps = await rate(id, 1000, 3000)
      expect(fps).toBeGreaterThan(4)
      expect(fps).toBeLessThan(6.1)
      const report = await ingest.until(id, ({ atMs }) => atMs > Date.now() - 900, 2000)
      expect(report).toMatchObject({ decoderPid: pid, restarts: 0, state: 'live' })
      expect(ingest.events(id).map(({ state }) => state)).toEqual(['connecting', 'live'])
    })

    it('a higher one that the decoder can give too', async () => {
      await ingest.update(id, { fps: 10 })
      const fps = await rate(id, 1000, 3000)
      expect(fps).toBeGreaterThan(9)
      expect(fps).toBeLessThan(11.1)
      expect(await ingest.until(id, () => true, 100)).toMatchObject({ decoderPid: pid, restarts: 0 })
    })

    it('and none at all again', async () => {
      await ingest.update(id, { fps: null })
      expect(await rate(id, 1000, 2000)).toBeGreaterThan(0.9 * CAMERA_FPS)
      expect(await ingest.until(id, () => true, 100)).toMatchObject({ decoderPid: pid, restarts: 0 })
      expect(ingest.residual(id)).toBe(0)
      await ingest.remove(id)
    })

    it('a cap above the one that it began with comes without a gap', async () => {
      const raised = `${id}-raised`
      await ingest.register(raised, camera.url, { decoder, fps: 4 })
      await ingest.untilFrames(raised, 6, 10_000)
      const from = ingest.frames(raised).length
      await ingest.update(raised, { fps: 16 })
      await ingest.until(raised, ({ receivedFps }) => receivedFps > 13, 8000)
      expect(longestGapMs(ingest.frames(raised).slice(from - 1))).toBeLessThan(450)
      expect(ingest.events(raised).map(({ state }) => state)).toEqual(['connecting', 'live'])
      expect((await ingest.until(raised, () => true, 100)).restarts).toBe(decoder === 'ffmpeg' ? 1 : 0)
      expect(ingest.frames(raised).filter(({ torn }) => torn)).toEqual([])
      expect(ingest.residual(raised)).toBe(0)
      await ingest.remove(raised)
    })
  },
)
