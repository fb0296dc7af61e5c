/** Contract of a decoder, in a real ingest over real cameras (GStreamer), Redis and shared memory: the frames that come, and what follows when they stop. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { HANDOVER_TRIES } from '../../../ingest/session/handover.js'
import type { DecoderBackendName } from '../../../shared/stream/decoder.js'
import { type Camera, startCamera, startRelay } from '../../tools/gst-camera.js'
import {
  decodersOf,
  type IngestStage,
  type SeenFrame,
  sleepMs,
  startIngestStage,
} from '../../tools/ingest-stage.js'
export function framesContract(decoder: DecoderBackendName): void {
  let stage: IngestStage
  const cameras: Camera[] = []

  async function camera(...args: Parameters<typeof startCamera>): Promise<Camera> {
    const started = await startCamera(...args)
    cameras.push(started)
    return started
  }

  function expectWhole(frames: readonly SeenFrame[]): void {
    expect(frames.filter(frame => frame.torn)).toEqual([])
    const keys = frames.map(frame => `${frame.sessionEpoch}:${frame.seq}`)
    expect(new Set(keys).size).toBe(keys.length)
  }

  beforeAll(async () => {
    stage = await startIngestStage({}, decoder)
  })
  afterEach(() => stage.clear())
  afterAll(async () => {
    await stage.close()
    for (const each of cameras) await each.kill()
  })

  describe('frames', () => {
    it('come whole and in order, with the size and codec of the source', async () => {
      const { url } = await camera({ width: 320, height: 240 })
      await stage.register('h264', url)
      const frames = await stage.untilFrames('h264', 50, 10_000)
      expectWhole(frames)
      expect(frames.map(frame => frame.seq)).toEqual(frames.map((_, i) => i))
      expect(frames[0]).toMatchObject({ sourceWidthPx: 320, sourceHeightPx: 240 })
      const report = await stage.untilState('h264', 'live', 1000)
      expect(report.source).toEqual({ codec: 'h264', widthPx: 320, heightPx: 240, fps: 25 })
      expect(report.reason).toBeNull()
      expect(stage.events('h264').map(event => event.state)).toEqual(['connecting', 'live'])
      await sleepMs(3000)
      const later = await stage.untilState('h264', 'live', 1000)
      expect(later.receivedFps).toBeGreaterThan(23)
      expect(later.receivedFps).toBeLessThan(27)
      expect(stage.residual('h264')).toBe(0)
      // This camera sends RTCP sender reports, by this host's clock.
      const clock = decoder === 'ffmpeg' ? 'arrival' : 'camera'
      const stamped = await stage.until('h264', report => report.decoder.clock === clock, 8000)
      expect(stamped.decoder).toEqual({ wanted: decoder, used: decoder, reason: null, clock })
      const [newest] = (await stage.untilFrames('h264', stage.frames('h264').length + 5, 2000)).slice(-1)
      expect(Math.abs(Date.now() - (newest as SeenFrame).capturedWallMs)).toBeLessThan(2000)
    })

    it('of H.265 come too', async () => {
      const { url } = await camera({ codec: 'h265', width: 352, height: 288, fps: 15 })
      await stage.register('h265', url)
      expectWhole(await stage.untilFrames('h265', 20, 15_000))
      expect((await stage.untilState('h265', 'live', 1000)).source).toMatchObject({
        codec: 'hevc',
        widthPx: 352,
      })
      expect(stage.residual('h265')).toBe(0)
    })

    it('stay under the cap, evenly, and a new cap is followed within a second, without a reconnect', async () => {
      const { url } = await camera({ fps: 25 })
      await stage.register('capped', url, { fps: 10 })
      await stage.untilFrames('capped', 5, 10_000)
      expect(await rateOver('capped', 4000)).toBeCloseTo(10, 0)
      await stage.update('capped', { fps: 4 })
      await sleepMs(1000)
      expect(await rateOver('capped', 4000)).toBeCloseTo(4, 0)
      expect(await stage.untilState('capped', 'live', 1000)).toMatchObject({ restarts: 0 })
      expectWhole(stage.frames('capped'))
      expect(stage.residual('capped')).toBe(0)
    })

    it('are decoded from key frames alone where those meet the cap, and from all where they do not', async () => {
      const often = await camera({ fps: 10, gop: 5 })
      const seldom = await camera({ fps: 10, gop: 40 })
      await stage.register('often', often.url, { fps: 1 })
      await stage.register('seldom', seldom.url, { fps: 1 })
      await stage.until('seldom', report => report.state === 'live' && !report.keyframesOnly, 30_000)
      await stage.untilFrames('often', 8, 20_000)
      expect(await stage.untilState('often', 'live', 1000)).toMatchObject({
        keyframesOnly: true,
        restarts: 0,
      })
      expect(await rateOver('seldom', 5000)).toBeGreaterThan(0.7)
    })

    async function rateOver(id: string, ms: number): Promise<number> {
      const before = stage.frames(id).length
      await sleepMs(ms)
      return ((stage.frames(id).length - before) * 1000) / ms
    }
  })

  describe('a camera that goes away', () => {
    it('by SIGKILL is reconnected when it returns, with a new epoch and its new size', async () => {
      const first = await camera({ width: 320, height: 240 })
      await stage.register('killed', first.url)
      await stage.untilFrames('killed', 20, 10_000)
      await first.kill()
      const away = await stage.until('killed', report => report.state === 'backing_off', 6000)
      expect(['source_ended', 'connection_refused', 'decoder_exited']).toContain(away.reason?.code)
      const refused = await stage.until(
        'killed',
        report => report.reason?.code === 'connection_refused',
        6000,
      )
      expect(refused.reason?.text).toContain(`127.0.0.1:${first.port}`)
      const before = stage.frames('killed').length
      await camera({ port: first.port, width: 240, height: 320 })
      await stage.untilState('killed', 'live', 12_000)
      const frames = await stage.untilFrames('killed', before + 20, 10_000)
      expectWhole(frames)
      expect(frames.at(-1)).toMatchObject({ sourceWidthPx: 240, sourceHeightPx: 320 })
      expect(frames.at(-1)?.sessionEpoch).toBeGreaterThan(frames[0]?.sessionEpoch as number)
      expect(stage.residual('killed')).toBe(0)
    })

    it('by SIGSTOP is stalled within 5 s and tried again', async () => {
      const stopped = await camera()
      await stage.register('stopped', stopped.url)
      await stage.untilFrames('stopped', 20, 10_000)
      stopped.process.kill('SIGSTOP')
      const at = performance.now()
      await waitForEvent('stopped', 'stalled', 5000)
      expect(performance.now() - at).toBeLessThan(5000)
      await stage.until('stopped', report => report.restarts >= 1, 3000)
      expect(decodersOf(stage.process().pid as number).length).toBeLessThanOrEqual(1)
      stopped.process.kill('SIGCONT')
      await stage.untilState('stopped', 'live', 15_000)
      expect(stage.events('stopped').find(event => event.state === 'stalled')?.reason?.code).toBe('frame_gap')
      expect(stage.residual('stopped')).toBe(0)
    })

    it('behind a half-open connection is stalled within 5 s', async () => {
      const hidden = await camera()
      const relay = await startRelay(hidden.port)
      await stage.register('halfopen', `rtsp://127.0.0.1:${relay.port}/cam`)
      await stage.untilFrames('halfopen', 20, 10_000)
      relay.freeze()
      await waitForEvent('halfopen', 'stalled', 5000)
      relay.thaw()
      await stage.untilState('halfopen', 'live', 12_000)
      await relay.close()
    })

    async function waitForEvent(id: string, state: string, withinMs: number): Promise<void> {
      const end = performance.now() + withinMs
      while (!stage.events(id).some(event => event.state === state)) {
        if (performance.now() > end) throw new Error(`${id} was not ${state} within ${withinMs} ms`)
        await sleepMs(20)
      }
    }
  })

  describe('the operator', () => {
    it('pauses and resumes a stream; paused, it has no decoder', async () => {
      const { url } = await camera()
      await stage.register('paused', url)
      await stage.untilFrames('paused', 10, 10_000)
      await stage.update('paused', { enabled: false })
      expect((await stage.untilState('paused', 'paused', 2000)).reason?.code).toBe('paused_by_operator')
      await stage.until('paused', report => report.decoderPid === null, 2000)
      await expect.poll(() => decodersOf(stage.process().pid as number), { timeout: 4000 }).toEqual([])
      expect(stage.residual('paused')).toBe(0)
      await stage.update('paused', { enabled: true })
      await stage.untilState('paused', 'live', 8000)
    })

    it('removes a stream and gives its ring to another at once', async () => {
      const { url } = await camera()
      const old = await stage.register('old', url)
      await stage.untilFrames('old', 10, 10_000)
      await stage.remove('old')
      const fresh = await stage.register('fresh', url)
      expect(fresh.ring.row).toBe(old.ring.row)
      expectWhole(await stage.untilFrames('fresh', 20, 10_000))
      expect(stage.residual('fresh')).toBe(0)
      expect(stage.events('old').at(-1)).toMatchObject({ state: 'closed', reason: { code: 'removed' } })
    })
  })

  describe('the slab', () => {
    it('may be replaced under a running stream: frames go on in the new one, of a new size too', async () => {
      const { url } = await camera()
      await stage.register('moving', url)
      await stage.untilFrames('moving', 10, 10_000)
      await stage.announceSlab()
      const before = stage.frames('moving').length
      const same = await stage.untilFrames('moving', before + 30, 6000)
      expectWhole(same)
      expect((await stage.untilState('moving', 'live', 1000)).restarts).toBe(0)
      await stage.announceSlab({ widthPx: 96, heightPx: 64 })
      await stage.until('moving', report => report.restarts === 1 && report.state === 'live', 8000)
      const after = stage.frames('moving').length
      expectWhole(await stage.untilFrames('moving', after + 20, 6000))
      expect(stage.residual('moving')).toBe(0)
    })

    it('of another size is moved to even where the camera serves one client only: the first session ends before the next', async () => {
      const single = await camera()
      const relay = await startRelay(single.port, 1)
      await stage.register('single', `rtsp://127.0.0.1:${relay.port}/cam`)
      await stage.untilFrames('single', 10, 10_000)
      await stage.announceSlab({ widthPx: 128, heightPx: 96 })
      const before = stage.frames('single').length
      // While second sessions are tried, the first goes on.
      await stage.untilFrames('single', before + 10, 3000)
      await vi.waitFor(() => expect(stage.log()).toContain('the camera takes no second session'), {
        timeout: 15_000,
      })
      await stage.until(
        'single',
        report => report.state === 'live' && report.restarts > HANDOVER_TRIES,
        10_000,
      )
      const after = stage.frames('single').length
      expectWhole(await stage.untilFrames('single', after + 20, 8000))
      expect(stage.residual('single')).toBe(0)
      expect(decodersOf(stage.process().pid as number)).toHaveLength(1)
      await relay.close()
    })
  })
}
