/** The whole of it: an RTSP server that is not ours, three processes, Redis, shared memory, a real model, a WebSocket. */
import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startCamera as startSimulatedCamera } from '../../bin/demo/camera/camera.js'
import type { StreamView } from '../../shared/api/views.js'
import { childrenOf } from '../bench/proc.js'
import { type CameraOptions, startCamera } from '../tools/gst-camera.js'
import { connectLive, type LiveClient } from '../tools/live-client.js'
import { peopleClip } from '../tools/people.js'
import { type Stages, startStages } from '../tools/stages.js'

let stages: Stages
let client: LiveClient
const cleanUps: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  stages = await startStages({ RINGSIDE_SLAB_CHECKSUM: 'true' })
  await stages.ready()
  client = await connectLive(stages)
  client.send({ type: 'subscribe' })
})
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})
afterAll(async () => {
  client?.close()
  await stages?.close()
})

async function add(id: string, url: string, more: object = {}): Promise<void> {
  const { status, body } = await stages.api('POST', '/api/v1/streams', { id, url, ...more })
  expect(body, JSON.stringify(body)).toMatchObject({ id })
  expect(status).toBe(201)
  cleanUps.push(() => stages.api('DELETE', `/api/v1/streams/${id}`))
}

async function view(id: string): Promise<StreamView> {
  return (await stages.api<StreamView>('GET', `/api/v1/streams/${id}`)).body
}

async function gst(options: CameraOptions): Promise<string> {
  const camera = await startCamera(options)
  cleanUps.push(() => camera.kill())
  return camera.url
}

describe('a camera served by GStreamer', () => {
  for (const codec of ['h264', 'h265'] as const) {
    it(`is registered through REST, and its people are seen over WebSocket (${codec})`, async () => {
      await add('gate', await gst({ codec, file: peopleClip(codec), width: 768, height: 576, fps: 10 }))
      const message = await client.next(
        ({ stream, detections }) => stream === 'gate' && detections.some(d => d.class === 'person'),
      )
      expect(message).toMatchObject({ v: 1, frame: { width: 768, height: 576 }, model: 'ringside-nano' })
      for (const { box, score } of message.detections) {
        expect(score).toBeGreaterThanOrEqual(0.35)
        expect(box[0]).toBeLessThan(box[2])
        expect(box[1]).toBeLessThan(box[3])
        expect(Math.max(box[0], box[2])).toBeLessThanOrEqual(768)
      }
      expect(message.timing.totalMs).toBeGreaterThan(0)
      await expect.poll(async () => (await view('gate')).state).toBe('live')
      expect(await view('gate')).toMatchObject({
        source: { widthPx: 768, heightPx: 576, codec: codec === 'h265' ? 'hevc' : 'h264' },
      })
    })
  }

  it('balances: every frame is inferred or dropped for a reason', async () => {
    await add('gate', await gst({ codec: 'h264', file: peopleClip(), width: 768, height: 576, fps: 10 }))
    await client.next(({ stream }) => stream === 'gate')
    await expect
      .poll(async () => (await view('gate')).frames.received, { timeout: 15_000 })
      .toBeGreaterThan(40)
    const { frames } = await view('gate')
    expect(frames.residual).toBe(0)
    expect(frames.inferred).toBeGreaterThan(0)
  })

  it('takes its password; another is refused in plain words, and nothing shows either', async () => {
    const url = await gst({
      codec: 'h264',
      file: peopleClip(),
      width: 768,
      height: 576,
      fps: 10,
      user: 'admin',
      password: 'c4n4ry-secret',
    })
    await add('gate', url.replace('rtsp://', 'rtsp://admin:c4n4ry-secret@'))
    await client.next(({ stream }) => stream === 'gate')
    await add('yard', url.replace('rtsp://', 'rtsp://admin:wr0ng-c4n4ry@'))
    await expect
      .poll(async () => await view('yard'), { timeout: 6000 })
      .toMatchObject({ state: 'failed', reason: { code: 'unauthorized' } })
    const said =
      JSON.stringify([await view('gate'), await view('yard'), client.events]) +
      (['ingest', 'infer', 'publish'] as const).map(stages.log).join()
    expect(said).not.toMatch(/c4n4ry/)
    expect(await redisDump(stages)).not.toMatch(/c4n4ry/)
    expect(
      commandLines().filter(line => /c4n4ry/.test(line)).length,
      'command lines that show the password',
    ).toBe(0)
  })

  it('is shown: the picture of a frame comes while somebody looks', async () => {
    await add('gate', await gst({ codec: 'h264', file: peopleClip(), width: 768, height: 576, fps: 10 }))
    await client.next(({ stream }) => stream === 'gate')
    expect(client.pictures).toHaveLength(0)
    client.send({ type: 'subscribe', pictures: ['gate'] })
    await expect.poll(() => client.pictures.length, { timeout: 10_000 }).toBeGreaterThan(3)
    const picture = client.pictures.at(-1) as Buffer
    const header = JSON.parse(picture.subarray(4, 4 + picture.readUInt32BE(0)).toString())
    expect(header).toMatchObject({ stream: 'gate', frame: { width: 768, height: 576 }, mime: 'image/jpeg' })
    const belongs = ({ epoch, seq }: { epoch: number; seq: number }): boolean =>
      epoch === header.epoch && seq === header.seq
    await expect.poll(() => client.detections.some(belongs)).toBe(true)
    client.send({ type: 'subscribe' })
  })
})

describe('a simulated camera', () => {
  it('is a camera like any other', async () => {
    const camera = await startSimulatedCamera({ ffmpegPath: 'ffmpeg', video: peopleClip(), port: 0 })
    cleanUps.push(() => camera.close())
    await add('demo', camera.url, { fps: 5 })
    await client.next(
      ({ stream, detections }) => stream === 'demo' && detections.some(d => d.class === 'person'),
    )
    // Nearer to the cap than a frame a second, once the burst with which a camera may begin is out of the window.
    await expect
      .poll(async () => Math.abs((await view('demo')).receivedFps - 5), { timeout: 15_000 })
      .toBeLessThan(0.6)
  })
})

describe('an operator', () => {
  it('pauses, resumes and removes', async () => {
    await add('gate', await gst({ codec: 'h264', file: peopleClip(), width: 768, height: 576, fps: 10 }))
    await client.next(({ stream }) => stream === 'gate')
    await stages.api('PATCH', '/api/v1/streams/gate', { enabled: false })
    await expect.poll(async () => (await view('gate')).state, { timeout: 5000 }).toBe('paused')
    await stages.api('PATCH', '/api/v1/streams/gate', { enabled: true })
    await client.next(({ stream }) => stream === 'gate')
    expect((await stages.api('DELETE', '/api/v1/streams/gate')).status).toBe(204)
    await expect.poll(() => childrenOf(stages.process('ingest').pid as number), { timeout: 5000 }).toEqual([])
    expect((await stages.api('GET', '/api/v1/streams/gate')).status).toBe(404)
  })
})

/** Every value in Redis, as text. */
async function redisDump(of: Stages): Promise<string> {
  const connection = of.redis.connect()
  const { redis } = connection
  const dumps: string[] = []
  for (const key of await redis.keys('*')) dumps.push(key, String(await redis.dumpBuffer(key)))
  await connection.close()
  return dumps.join('\n')
}

/** What our own processes were started with; the test's camera takes its password as an argument. */
function commandLines(): string[] {
  const listed = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
  return listed.split('\n').filter(line => /^\S*(ffmpeg|node|setpriv) /.test(line))
}
