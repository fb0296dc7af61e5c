/** ingest against real cameras (GStreamer), real Redis, real shared memory: the frames, and what their absence looks like. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Camera, startCamera } from '../tools/gst-camera.js'
import { type IngestStage, startIngestStage } from '../tools/ingest-stage.js'

let stage: IngestStage
const cameras: Camera[] = []

async function camera(...args: Parameters<typeof startCamera>): Promise<Camera> {
  const started = await startCamera(...args)
  cameras.push(started)
  return started
}

beforeAll(async () => {
  stage = await startIngestStage()
})
afterAll(async () => {
  await stage.close()
  for (const each of cameras) await each.kill()
})

describe('frames', () => {
  it('come whole, in order, with the size of the source', async () => {
    const { url } = await camera({ width: 320, height: 240 })
    await stage.register('h264', url)
    const frames = await stage.untilFrames('h264', 50, 10_000)
    expect(frames.every(frame => !frame.torn)).toBe(true)
    expect(frames.map(frame => frame.seq)).toEqual(frames.map((_, i) => (frames[0]?.seq ?? 0) + i))
    expect(frames[0]).toMatchObject({ sourceWidthPx: 320, sourceHeightPx: 240 })
    const report = await stage.untilState('h264', 'live', 1000)
    expect(report.source).toMatchObject({ codec: 'h264', widthPx: 320, heightPx: 240, fps: 25 })
    expect(report.reason).toBeNull()
    console.log(report)
    await stage.remove('h264')
  })
})
