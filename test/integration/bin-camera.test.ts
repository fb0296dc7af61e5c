/** The simulated camera against a real client (FFmpeg), several at once, and against those that mean it no good. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Camera, startCamera } from '../../bin/demo/camera/camera.js'
import { sleep } from '../../shared/clock.js'

const run = promisify(execFile)
const CLIP_SECONDS = 2
const FPS = 10

let dir: string
let clip: string
let camera: Camera

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-camera-'))
  clip = path.join(dir, 'clip.mp4')
  const source = `testsrc2=size=320x240:rate=${FPS}:duration=${CLIP_SECONDS}`
  await run('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    source,
    '-c:v',
    'libx264',
    '-pix_fmt',
    'yuv420p',
    clip,
  ])
  camera = await startCamera({ ffmpegPath: 'ffmpeg', video: clip, startAtSeconds: 1 })
})

afterAll(async () => {
  await camera?.close()
  fs.rmSync(dir, { recursive: true, force: true })
})

/** Decodes for so long; what FFmpeg complains of, and the times (s) of the frames it got. */
async function decode(url: string, seconds: number, transport: 'tcp' | 'udp' = 'tcp') {
  const args = ['-v', 'warning', '-rtsp_transport', transport, '-i', url, '-t', String(seconds)]
  const { stdout, stderr } = await run('ffmpeg', [
    ...args,
    '-fps_mode',
    'passthrough',
    '-copyts',
    '-f',
    'framecrc',
    '-',
  ])
  const times = [...stdout.matchAll(/^0, +\d+, +(\d+),/gm)].map(match => Number(match[1]))
  return { times, complaints: stderr }
}

async function exchange(text: string, port = Number(new URL(camera.url).port)): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  socket.write(text)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString()
}

const request = (method: string, headers = '', url = camera.url): string =>
  `${method} ${url} RTSP/1.0\r\nCSeq: 1\r\n${headers}\r\n`

describe('the simulated camera', () => {
  it('plays over the end of its clip to two clients at once, with no error and no jump in time', async () => {
    const played = await Promise.all([decode(camera.url, 5), decode(camera.url, 5)])
    for (const { times, complaints } of played) {
      expect(complaints).toBe('')
      expect(times.length).toBeGreaterThanOrEqual(5 * FPS - 5)
      for (let i = 1; i < times.length; i++) expect(times[i]).toBeGreaterThan(times[i - 1] as number)
    }
    expect(camera.stats()).toMatchObject({ packetsLost: 0, encoderRestarts: 0 })
  })

  it('plays over UDP too', async () => {
    const { times, complaints } = await decode(camera.url, 2, 'udp')
    expect(complaints).toBe('')
    expect(times.length).toBeGreaterThan(FPS)
  })

  it('forgets a client that is killed', async () => {
    const client = spawn('ffmpeg', [
      '-v',
      'quiet',
      '-rtsp_transport',
      'tcp',
      '-i',
      camera.url,
      '-f',
      'null',
      '-',
    ])
    await until(() => camera.stats().clients === 1)
    client.kill('SIGKILL')
    await until(() => camera.stats().clients === 0)
  })

  it('goes on for its clients when its encoder is killed', async () => {
    const client = spawn('ffmpeg', [
      '-v',
      'error',
      '-rtsp_transport',
      'tcp',
      '-i',
      camera.url,
      '-f',
      'framecrc',
      '-',
    ])
    const frames = counter(client)
    await until(() => frames.count > 5)
    process.kill(camera.stats().encoderPid as number, 'SIGKILL')
    await until(() => camera.stats().encoderRestarts === 1)
    const before = frames.count
    await until(() => frames.count > before + FPS)
    expect(client.exitCode).toBeNull()
    client.kill('SIGKILL')
  })

  it('drops packets for a client that does not read, counts them, and stays with the others', async () => {
    const noise = path.join(dir, 'noise.mp4') // does not compress: it fills the buffers of the kernel soon
    const source = 'nullsrc=size=640x480:rate=10:duration=2,geq=random(1)*255:128:128'
    await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, '-c:v', 'mpeg4', '-q:v', '2', noise])
    const busy = await startCamera({ ffmpegPath: 'ffmpeg', video: noise })
    const stalled = await playWithoutReading(busy.url)
    try {
      await until(() => busy.stats().packetsLost > 0, 20_000)
      const { times } = await decode(busy.url, 1)
      expect(times.length).toBeGreaterThan(0)
      const { packetsLost } = busy.stats()
      stalled.destroy()
      await until(() => busy.stats().clients === 0)
      expect(busy.stats().packetsLost).toBeGreaterThanOrEqual(packetsLost)
    } finally {
      stalled.destroy()
      await busy.close()
    }
  })

  it.each([
    ['another path', () => request('DESCRIBE', '', camera.url.replace('/live', '/dead')), 404],
    ['PLAY before SETUP', () => request('PLAY'), 455],
    ['RECORD', () => request('RECORD'), 455],
    ['a session that is not', () => request('TEARDOWN', 'Session: 1234\r\n'), 454],
    ['multicast', () => request('SETUP', 'Transport: RTP/AVP;multicast\r\n'), 461],
    ['a method that is none', () => request('FROBNICATE'), 501],
    ['HTTP', () => 'GET / HTTP/1.1\r\n\r\n', 400],
    ['OPTIONS', () => request('OPTIONS'), 200],
    ['a keep-alive', () => request('GET_PARAMETER'), 200],
  ])('answers %s properly', async (_, text, status) => {
    expect(await exchange(text())).toMatch(new RegExp(`^RTSP/1.0 ${status} `))
  })

  it('survives garbage', async () => {
    const port = Number(new URL(camera.url).port)
    const sane = Buffer.from(
      request('DESCRIBE') + request('SETUP', 'Transport: RTP/AVP/TCP;interleaved=0-1\r\n'),
    )
    for (let round = 0; round < 100; round++) {
      const socket = net.connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      const garbage = round % 2 === 0 ? randomBytes(2000) : mutated(sane)
      socket.write(garbage)
      await Promise.race([once(socket, 'data'), sleep(15)])
      if (round % 3 === 0) socket.resetAndDestroy()
      else socket.destroy()
    }
    const { complaints } = await decode(camera.url, 1)
    expect(complaints).toBe('')
    await until(() => camera.stats().clients === 0)
  })

  it('asks for its password, and lets in those who have it', async () => {
    const locked = await startCamera({
      ffmpegPath: 'ffmpeg',
      video: clip,
      auth: { user: 'op', password: 's3:cret/' },
    })
    try {
      const open = locked.url.replace(/\/\/.*@/, '//')
      expect(await exchange(request('DESCRIBE', '', open), Number(new URL(open).port))).toMatch(
        /^RTSP\/1.0 401 .*[\s\S]*WWW-Authenticate: Basic/,
      )
      await expect(decode(open, 1)).rejects.toThrow(/401/)
      const { times } = await decode(locked.url, 1)
      expect(times.length).toBeGreaterThan(0)
    } finally {
      await locked.close()
    }
  })

  it('says what is wrong with a clip, and leaves nothing behind', async () => {
    const text = path.join(dir, 'clip.txt')
    fs.writeFileSync(text, 'no video')
    await expect(startCamera({ ffmpegPath: 'ffmpeg', video: text })).rejects.toMatchObject({
      code: 'invalid_request',
      key: '--video',
      remedy: expect.stringContaining('ffmpeg -i'),
    })
    const { stdout } = await run('pgrep', ['-f', text]).catch(() => ({ stdout: '' }))
    expect(stdout).toBe('')
  })
})

async function playWithoutReading(url: string): Promise<net.Socket> {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(request('SETUP', 'Transport: RTP/AVP/TCP;interleaved=0-1\r\n', `${url}/trackID=0`))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.pause()
  socket.write(request('PLAY', `Session: ${/Session: (\w+)/.exec(answer.toString())?.[1]}\r\n`, url))
  return socket
}

function mutated(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (const at of randomBytes(8)) copy[at % copy.length] = randomBytes(1)[0] as number
  return copy
}

function counter(client: ChildProcess): { count: number } {
  const frames = { count: 0 }
  client.stdout?.on('data', (chunk: Buffer) => {
    frames.count += chunk.toString().split('\n').length - 1
  })
  return frames
}

async function until(condition: () => boolean, timeoutMs = 8000): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 20) {
    if (waitedMs > timeoutMs) throw new Error(`it did not come to this: ${condition}`)
    await sleep(20)
  }
}
