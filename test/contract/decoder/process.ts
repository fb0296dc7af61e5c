/** Contract of a decoder: the ingest process around it, what it leaves behind when it ends or is killed, and how it lives with a Redis that does not answer. */

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { IngestDetail } from '../../../shared/process/report.js'
import type { DecoderBackendName } from '../../../shared/stream/decoder.js'
import type { IngestReport } from '../../../shared/stream/stream.js'
import { type Camera, startCamera } from '../../tools/gst-camera.js'
import {
  decodersOf,
  exitOf,
  type IngestStage,
  type SeenFrame,
  sleepMs,
  startIngestStage,
} from '../../tools/ingest-stage.js'
export function processContract(decoder: DecoderBackendName): void {
  let stage: IngestStage
  const cameras: Camera[] = []

  async function begin(environment?: Record<string, string>): Promise<Camera> {
    stage = await startIngestStage(environment, decoder)
    const camera = await startCamera()
    cameras.push(camera)
    return camera
  }

  afterEach(async () => {
    await stage.close()
    for (const each of cameras.splice(0)) await each.kill()
  })

  describe('ingest', () => {
    it('reports itself with its decoders and what they cost', async () => {
      const { url } = await begin()
      await stage.register('one', url)
      await stage.untilFrames('one', 50, 10_000)
      const report = await stage.processReport()
      expect(report).toMatchObject({ ready: true, notReady: null })
      const detail = report?.detail as IngestDetail
      expect(detail.decoders).toBe(1)
      expect(detail.ffmpeg).toMatch(/^\d/)
      expect(detail.decoderCpuSeconds).toBeGreaterThan(0)
      expect(detail.decoderResidentBytes).toBeGreaterThan(10_000_000)
    })

    it('ends its decoders within 2 s of SIGTERM and says that its streams are closed', async () => {
      const { url } = await begin()
      await stage.register('one', url)
      await stage.untilFrames('one', 10, 10_000)
      const [decoder] = decodersOf(stage.process().pid as number)
      const at = performance.now()
      stage.process().kill('SIGTERM')
      await exitOf(stage.process())
      expect(performance.now() - at).toBeLessThan(2000)
      expect(stage.process().exitCode).toBe(0)
      expect(isRunning(decoder as number)).toBe(false)
      expect((await stage.untilState('one', 'closed', 1000)).reason?.code).toBe('shutdown')
      expect(stage.residual('one')).toBe(0)
    })

    it('killed, leaves no decoder, and its successor loses no slot', async () => {
      const { url } = await begin()
      await stage.register('one', url)
      await stage.untilFrames('one', 10, 10_000)
      for (let kill = 0; kill < 3; kill++) {
        const [decoder] = decodersOf(stage.process().pid as number)
        const before = stage.frames('one').length
        stage.process().kill('SIGKILL')
        await exitOf(stage.process())
        await sleepMs(200)
        expect(isRunning(decoder as number)).toBe(false)
        stage.spawn()
        await stage.untilFrames('one', before + 10, 10_000)
        expect(stage.residual('one')).toBe(0)
      }
      expect(stage.frames('one').filter(frame => frame.torn)).toEqual([])
      const keys = stage.frames('one').map(frame => `${frame.sessionEpoch}:${frame.seq}`)
      expect(new Set(keys).size).toBe(keys.length)
    })

    it('goes on through a Redis that hangs and one that is killed, without growing or stopping a decoder', async () => {
      const { url } = await begin()
      await stage.register('one', url)
      await stage.untilFrames('one', 10, 10_000)
      const [decoder] = decodersOf(stage.process().pid as number)
      stage.redis.process().kill('SIGSTOP')
      await sleepMs(3000)
      stage.redis.process().kill('SIGCONT')
      await stage.untilFrames('one', stage.frames('one').length + 20, 6000)
      await stage.redis.connect().redis.call('SAVE')
      await stage.redis.kill()
      await sleepMs(2000)
      await stage.redis.start()
      await stage.untilFrames('one', stage.frames('one').length + 20, 6000)
      expect(decodersOf(stage.process().pid as number)).toEqual([decoder])
      expect(stage.residual('one')).toBe(0)
      expect(residentBytes(stage.process().pid as number)).toBeLessThan(250_000_000)
    })

    it('stands by while another ingest runs, and takes over when that ends', async () => {
      const { url } = await begin()
      await stage.register('one', url)
      await stage.untilFrames('one', 10, 10_000)
      const first = stage.process()
      stage.spawn()
      const second = stage.process()
      await sleepMs(2500)
      const waiting = (await stage.reports.processes()).find(report => report.pid === second.pid)
      expect(waiting).toMatchObject({ ready: false })
      expect(waiting?.notReady).toContain('another ingest')
      expect(decodersOf(second.pid as number)).toEqual([])
      first.kill('SIGTERM')
      await exitOf(first)
      const before = stage.frames('one').length
      await stage.untilFrames('one', before + 10, 6000)
      expect(decodersOf(second.pid as number)).toHaveLength(1)
    })

    it('refuses frames that are larger than it may decode', async () => {
      const { url } = await begin({ RINGSIDE_INGEST_MAX_PIXELS: '65536' })
      await stage.register('bomb', url)
      const report = await stage.until('bomb', ({ reason }) => reason !== null, 5000)
      expect(report).toMatchObject({ state: 'failed', reason: { code: 'unsupported_codec' } })
      expect(report.reason?.text).toContain('ingest.maxPixels')
    })

    it('plays a file in a loop, in real time, when the operator allows files', async () => {
      await begin({ RINGSIDE_INGEST_ALLOW_FILE_SOURCES: 'true' })
      const clip = path.join(os.tmpdir(), `rs-ingest-${process.pid} it's.mp4`)
      const encode = '-v error -f lavfi -i testsrc=size=320x180:rate=10:duration=2 -pix_fmt yuv420p -y'.split(
        ' ',
      )
      execFileSync('ffmpeg', [...encode, clip])
      await stage.register('clip', `file://${encodeURI(clip)}`)
      await stage.untilFrames('clip', 3, 6000)
      const before = stage.frames('clip').length
      await sleepMs(5000)
      const played = stage.frames('clip').length - before
      expect(played).toBeGreaterThan(40)
      expect(played).toBeLessThan(60)
      expect(await stage.untilState('clip', 'live', 100)).toMatchObject({
        restarts: 0,
        source: { codec: 'h264', fps: 10 },
      })
      fs.rmSync(clip)
    })

    it('stamps every frame with its own size while the source changes size in mid-stream', async () => {
      await begin({ RINGSIDE_INGEST_ALLOW_FILE_SOURCES: 'true' })
      const clip = path.join(os.tmpdir(), `rs-ingest-splice-${process.pid}.h264`)
      const encode = (color: string, size: string): Buffer => {
        const source = `color=${color}:size=${size}:rate=25:duration=1`
        const args = [
          '-v',
          'error',
          '-f',
          'lavfi',
          '-i',
          source,
          '-c:v',
          'libx264',
          '-bf',
          '0',
          '-f',
          'h264',
          'pipe:1',
        ]
        return execFileSync('ffmpeg', args)
      }
      fs.writeFileSync(clip, Buffer.concat([encode('white', '320x240'), encode('black', '240x320')]))
      await stage.register('splice', `file://${clip}`)
      // A decoder goes on with the new size, or is started anew, and then from the clip's beginning.
      const changes = ({ restarts }: IngestReport): number => restarts + runsOf(stage.frames('splice'))
      await stage.until('splice', report => changes(report) >= 6, 30_000)
      const frames = stage.frames('splice')
      const [white, black] = [
        frames.filter(({ middle }) => middle > 128),
        frames.filter(({ middle }) => middle <= 128),
      ]
      expect(white.length).toBeGreaterThan(20)
      expect(white.filter(({ sourceWidthPx }) => sourceWidthPx !== 320)).toEqual([])
      expect(black.filter(({ sourceWidthPx }) => sourceWidthPx !== 240)).toEqual([])
      expect(frames.filter(({ torn }) => torn)).toEqual([])
      expect(stage.residual('splice')).toBe(0)
      fs.rmSync(clip)
    })
  })
}

/** How often the frames changed their size. */
function runsOf(frames: readonly SeenFrame[]): number {
  return frames.filter((frame, i) => frame.sourceWidthPx !== frames[i - 1]?.sourceWidthPx).length
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false // gone
  }
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}
