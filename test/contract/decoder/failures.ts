/** Contract of a decoder: what a person is told of a camera that cannot be used, and how soon: every reason stands within 5 s of registration. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DecoderBackendName } from '../../../shared/stream/decoder.js'
import type { StreamState } from '../../../shared/stream/stream.js'
import { type FakeCamera, type Misbehaviour, startFakeCamera } from '../../tools/fake-camera.js'
import { type Camera, startCamera } from '../../tools/gst-camera.js'
import { decodersOf, type IngestStage, sleepMs, startIngestStage } from '../../tools/ingest-stage.js'

const PASSWORD = 'K4nari-pass%40wort'
/** As typed, decoded, and as the Authorization header carries it. */
const SPELLINGS = [PASSWORD, 'K4nari-pass@wort', Buffer.from('viewer:K4nari-pass@wort').toString('base64')]

export function failuresContract(decoder: DecoderBackendName): void {
  let stage: IngestStage
  const cameras: Camera[] = []
  const fakes: FakeCamera[] = []

  async function camera(...args: Parameters<typeof startCamera>): Promise<Camera> {
    const started = await startCamera(...args)
    cameras.push(started)
    return started
  }
  async function fake(misbehaviour: Misbehaviour): Promise<string> {
    const started = await startFakeCamera(misbehaviour)
    fakes.push(started)
    return `rtsp://127.0.0.1:${started.port}/cam`
  }

  /**
   * Registers, and expects state and reason within 5 s of that; the sentence must read as one. A back-off may end after a
   * millisecond (full jitter): the next attempt, still with the reason of the one before, is as good.
   */
  async function expectReason(id: string, url: string, state: StreamState, code: string): Promise<void> {
    await stage.register(id, url)
    const report = await stage.until(id, now => now.state !== 'connecting' || now.reason?.code === code, 5000)
    expect(report.reason?.code).toBe(code)
    expect(state === 'backing_off' ? ['backing_off', 'connecting'] : [state]).toContain(report.state)
    expect(report.reason?.text).toMatch(/^\S.{15,}[.?]$/)
    expect(report.sinceMs).toBeGreaterThan(0)
  }

  beforeAll(async () => {
    stage = await startIngestStage({}, decoder)
  })
  afterEach(() => stage.clear())
  afterAll(async () => {
    await stage.close()
    for (const each of cameras) await each.kill()
    for (const each of fakes) await each.close()
  })

  describe('within 5 s of registration', () => {
    it('a refused connection is told', async () => {
      const closed = await startFakeCamera('silent')
      await closed.close()
      await expectReason(
        'refused',
        `rtsp://127.0.0.1:${closed.port}/cam`,
        'backing_off',
        'connection_refused',
      )
    })

    it('an unknown host is told', () =>
      expectReason('nohost', 'rtsp://camera.invalid/cam', 'backing_off', 'unknown_host'))

    it('a server that never answers is told', async () =>
      expectReason('silent', await fake('silent'), 'backing_off', 'no_answer'))

    it('a port that swallows the connection attempt is told', async () => {
      const hole = await startBlackHole()
      try {
        await expectReason('hole', `rtsp://127.0.0.1:${hole.port}/cam`, 'backing_off', 'no_answer')
      } finally {
        hole.close()
      }
    })

    it('a server that hangs up is told', async () =>
      expectReason('hangup', await fake('hangs_up'), 'backing_off', 'no_answer'))

    it('a web server is told', async () =>
      expectReason('web', await fake('web_server'), 'backing_off', 'no_answer'))

    it('an encoding that FFmpeg lacks is told', async () =>
      expectReason('codec', await fake('unknown_codec'), 'failed', 'unsupported_codec'))

    it('a wrong path is told', async () => {
      const { port } = await camera()
      await expectReason('path', `rtsp://127.0.0.1:${port}/nothing`, 'failed', 'not_found')
    })

    it('a camera that has only sound is told', async () => {
      const { url } = await camera({ audioOnly: true })
      await expectReason('sound', url, 'failed', 'no_video')
    })

    it('a camera that has only sound is told, though it is busy for a moment after it was asked for video', async () =>
      expectReason('sound2', await fake('sound'), 'failed', 'no_video'))

    it('a camera that answers with an error is told', async () =>
      expectReason('busy', await fake('busy'), 'backing_off', 'camera_error'))

    it('a file is refused unless the operator allows files', () =>
      expectReason('file', 'file:///etc/hostname', 'failed', 'invalid_source'))

    it('a URL with a line break in it is refused', () =>
      expectReason('break', "rtsp://127.0.0.1/x'\nfile '/etc/hostname", 'failed', 'invalid_source'))

    it('a camera that describes its stream and sends nothing is told after the first-frame deadline', async () => {
      await stage.register('mute', await fake('mute'))
      const report = await stage.until('mute', ({ reason }) => reason?.code === 'no_frames', 10_000)
      expect(['backing_off', 'connecting']).toContain(report.state)
    })
  })

  describe('credentials', () => {
    it('let the right viewer in, and are told wrong, not retried at once, and shown nowhere', async () => {
      const { port } = await camera({ user: 'viewer', password: 'right-one' })
      await stage.register('let-in', `rtsp://viewer:right-one@127.0.0.1:${port}/cam`)
      await stage.untilFrames('let-in', 5, 8000)
      await stage.remove('let-in')
      await stage.register('locked', `rtsp://viewer:${PASSWORD}@127.0.0.1:${port}/cam`)
      const report = await stage.untilState('locked', 'failed', 5000)
      expect(report.reason?.code).toBe('unauthorized')
      await sleepMs(2000)
      expect((await stage.untilState('locked', 'failed', 100)).restarts).toBe(0)
      expectNoSecret('log', stage.log())
      expectNoSecret('report', JSON.stringify(report))
      expectNoSecret('events', JSON.stringify(stage.events('locked')))
    })

    it('stand in no argument, no environment, no log and no key while the decoder runs', async () => {
      const { port } = await camera({ user: 'viewer', password: 'K4nari-pass@wort' })
      await stage.register('running', `rtsp://viewer:${PASSWORD}@127.0.0.1:${port}/cam`)
      await stage.untilFrames('running', 5, 8000)
      const [pid] = decodersOf(stage.process().pid as number)
      for (const file of ['cmdline', 'environ']) {
        const text = fs.readFileSync(`/proc/${pid}/${file}`, 'latin1')
        expect(text.length).toBeGreaterThan(0)
        expectNoSecret(file, text)
      }
      expect(fs.readFileSync(`/proc/${pid}/environ`, 'latin1')).not.toContain('RINGSIDE')
      expectNoSecret('log', stage.log())
      expectNoSecret('redis', await everything())
    })

    it('that are wrong everywhere are told by a probe, with what a probe of a good source says', async () => {
      const { port, url } = await camera({ width: 640, height: 360, fps: 10 })
      const unlocked = await stage.probe(url)
      expect(unlocked).toEqual({ ok: true, source: { codec: 'h264', widthPx: 640, heightPx: 360, fps: 10 } })
      const locked = await stage.probe(await fake('unauthorized'))
      expect(locked).toMatchObject({ ok: false, reason: { code: 'unauthorized' } })
      const missing = await stage.probe(`rtsp://127.0.0.1:${port}/nothing`)
      expect(missing).toMatchObject({ ok: false, reason: { code: 'not_found' } })
      const at = performance.now()
      expect(await stage.probe(await fake('silent'))).toMatchObject({
        ok: false,
        reason: { code: 'no_answer' },
      })
      expect(performance.now() - at).toBeLessThan(5000)
      expect(await stage.probe('ftp://127.0.0.1/x')).toMatchObject({
        ok: false,
        reason: { code: 'invalid_source' },
      })
      await expect.poll(() => decodersOf(stage.process().pid as number), { timeout: 4000 }).toEqual([])
    })

    function expectNoSecret(where: string, text: string): void {
      for (const spelling of SPELLINGS)
        expect(text.includes(spelling), `${where} holds ${spelling}`).toBe(false)
    }

    /** Every key of Redis, serialised: strings stand in a DUMP as they are. */
    async function everything(): Promise<string> {
      const { redis } = stage.redis.connect()
      const keys = await redis.keys('*')
      expect(keys.length).toBeGreaterThan(3)
      const hashes = await Promise.all(
        keys.map(async key => {
          const type = await redis.type(key)
          if (type === 'hash') return JSON.stringify(await redis.hgetall(key))
          if (type === 'stream') return JSON.stringify(await redis.xrange(key, '-', '+'))
          return (await redis.dumpBuffer(key)).toString('latin1')
        }),
      )
      return hashes.join('\n')
    }
  })
}

/** A listener that accepts nothing, with a full queue: the kernel drops further attempts, as a firewall does. */
async function startBlackHole(): Promise<{ port: number; close(): void }> {
  const script =
    "const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))"
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<number>(resolve =>
    createInterface({ input: child.stdout }).once('line', line => resolve(Number(line))),
  )
  child.kill('SIGSTOP')
  const queue = Array.from({ length: 6 }, () => net.connect(port, '127.0.0.1').on('error', () => undefined))
  await sleepMs(200)
  return {
    port,
    close(): void {
      for (const socket of queue) socket.destroy()
      child.kill('SIGKILL')
    },
  }
}
