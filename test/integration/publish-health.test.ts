/** Health, metrics, the dashboard's files, and what publish does while Redis is away and when it is asked to stop. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { addDetections } from '../../shared/redis/publish-streams.js'
import { freePort } from '../tools/free-port.js'
import { type PublishStage, startPublishStage } from '../tools/publish-stage.js'
import { startRedis } from '../tools/redis-server.js'
import { balance, processReport, quietInfer, quietIngest } from '../tools/stage-reports.js'

const url = 'rtsp://camera.example/live'
let stage: PublishStage | null = null
afterEach(async () => {
  await stage?.close()
  stage = null
})

describe('health', () => {
  it('is ready once ingest and infer are, and names what is missing until then', async () => {
    stage = await startPublishStage()
    const none = await stage.call('GET', '/readyz')
    expect(none.status).toBe(503)
    expect(none.json).toEqual({
      ready: false,
      missing: [
        { part: 'ingest', reason: 'No ingest process reports.' },
        { part: 'infer', reason: 'No infer process reports.' },
      ],
    })
    await stage.reports.writeProcess(processReport('ingest'))
    await stage.reports.writeProcess({
      ...processReport('infer'),
      ready: false,
      notReady: 'loading the model',
    })
    const loading = await stage.call('GET', '/readyz')
    expect(loading.json.missing).toEqual([{ part: 'infer', reason: 'loading the model' }])
    await stage.reports.writeProcess(processReport('infer'))
    const ready = await stage.call('GET', '/readyz')
    expect([ready.status, ready.json]).toEqual([200, { ready: true, missing: [] }])
    await stage.reports.writeProcess({ ...processReport('infer'), atMs: Date.now() - 6000 })
    expect((await stage.call('GET', '/readyz')).status).toBe(503)
  })

  it('says within a second or so that Redis hangs, and answers the rest with 503', async () => {
    stage = await startPublishStage()
    await stage.call('POST', '/api/v1/streams', { id: 'gate', url })
    stage.redis.process().kill('SIGSTOP')
    try {
      const begun = Date.now()
      const health = await stage.call('GET', '/healthz')
      expect([health.status, health.json.status]).toEqual([503, 'unavailable'])
      expect(Date.now() - begun).toBeLessThan(1500)
      expect((await stage.call('GET', '/readyz')).json.missing[0].part).toBe('redis')
      expect((await stage.call('GET', '/api/v1/streams')).json).toMatchObject({
        status: 503,
        code: 'redis_unavailable',
      })
      const metrics = await stage.call('GET', '/metrics')
      expect(metrics.status).toBe(200)
    } finally {
      stage.redis.process().kill('SIGCONT')
    }
    expect((await stage.call('GET', '/api/v1/streams')).json.streams).toHaveLength(1)
  })

  it('survives the death of Redis: clients stay connected, and detections go on when it is back', async () => {
    stage = await startPublishStage()
    const live = await stage.open()
    await live.say({ type: 'subscribe', pictures: ['gate'] })
    await stage.redis.kill()
    const until = async (status: number): Promise<void> => {
      const deadline = Date.now() + 5000
      while ((await stage!.call('GET', '/healthz')).status !== status && Date.now() < deadline)
        await new Promise(resolve => setTimeout(resolve, 50))
      expect((await stage!.call('GET', '/healthz')).status).toBe(status)
    }
    await until(503)
    expect((await stage.call('POST', '/api/v1/streams', { id: 'x', url })).json.code).toBe(
      'redis_unavailable',
    )
    expect((await stage.call('GET', '/metrics')).text).toMatch(/^ringside_redis_up 0$/m)
    await stage.redis.start()
    await until(200)
    await live.say({ type: 'subscribe' })
    const send = setInterval(
      () =>
        void addDetections(
          stage!.peer.redis,
          stage!.peer.keys,
          'gate',
          '{"type":"detections","detections":[]}',
        ),
      100,
    )
    await live.until(text => text.includes('"detections"')).finally(() => clearInterval(send))
    live.socket.close()
  })

  it('registers streams with a Redis that denies BGSAVE, and says so once', async () => {
    stage = await startPublishStage()
    await stage.peer.redis.call('ACL', 'SETUSER', 'default', '-bgsave')
    for (const id of ['a', 'b', 'c'])
      expect((await stage.call('POST', '/api/v1/streams', { id, url })).status).toBe(201)
    expect(stage.log().match(/Redis does not save on request/g)).toHaveLength(1)
  })
})

describe('probe', () => {
  it('says at once that no ingest runs', async () => {
    stage = await startPublishStage()
    expect((await stage.call('POST', '/api/v1/probe', { url })).json).toMatchObject({
      status: 503,
      code: 'ingest_unavailable',
    })
    expect((await stage.call('POST', '/api/v1/probe', { url: 'http://x/' })).json.code).toBe(
      'invalid_source_url',
    )
  })

  it('answers what the ingest that takes the job finds, and seals the URL on the way', async () => {
    const { createControlWorker } = await import('../../shared/redis/control-queue.js')
    const { loadSealer } = await import('../../shared/secrets/seal.js')
    const { pino } = await import('pino')
    const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-probe-'))
    stage = await startPublishStage({ RINGSIDE_DATA_DIR: dataDir })
    await stage.reports.writeProcess(processReport('ingest'))
    const asked: string[] = []
    const worker = createControlWorker(
      stage.peer,
      {
        reconcile: async () => undefined,
        probe: async sealed => {
          const clear = loadSealer(dataDir).open(sealed)
          asked.push(clear)
          return clear.includes('good')
            ? { ok: true, source: { widthPx: 640, heightPx: 480, codec: 'h264', fps: 25 } }
            : { ok: false, reason: { code: 'no_video', text: 'There is no video.' } }
        },
      },
      pino({ level: 'silent' }),
    )
    try {
      const good = await stage.call('POST', '/api/v1/probe', { url: 'rtsp://u:p@good.example/x' })
      expect([good.status, good.json]).toEqual([
        200,
        { ok: true, source: { widthPx: 640, heightPx: 480, codec: 'h264', fps: 25 } },
      ])
      const bad = await stage.call('POST', '/api/v1/probe', { url })
      expect(bad.json).toEqual({ ok: false, reason: { code: 'no_video', text: 'There is no video.' } })
      expect(asked).toEqual(['rtsp://u:p@good.example/x', url])
    } finally {
      await worker.close()
      fs.rmSync(dataDir, { recursive: true, force: true })
    }
  })
})

describe('metrics', () => {
  it('tell what the stages report, in base units, and forget what is gone', async () => {
    stage = await startPublishStage()
    await stage.reports.writeProcess(processReport('ingest'))
    await stage.reports.writeProcess(processReport('infer'))
    await stage.call('POST', '/api/v1/streams', { id: 'gate', url })
    const now = Date.now() + 5
    await stage.reports.writeIngest('gate', {
      ...quietIngest,
      state: 'live',
      receivedFps: 25,
      restarts: 2,
      atMs: now,
    })
    await stage.reports.writeInfer('gate', {
      ...quietInfer,
      balance: balance({ received: 100, inferred: 90, inFlight: 2 }, { stale_ref: 8 }),
      lagP50Ms: 33,
      lagP99Ms: 71,
      inferredFps: 24,
      atMs: now,
    })
    const live = await stage.open()
    const { text, headers } = await stage.call('GET', '/metrics')
    expect(headers.get('content-type')).toContain('text/plain')
    for (const line of [
      'ringside_frames_received_total{stream="gate"} 100',
      'ringside_frames_inferred_total{stream="gate"} 90',
      'ringside_frames_dropped_total{stream="gate",reason="stale_ref"} 8',
      'ringside_frames_dropped_total{stream="gate",reason="ring_overwrite"} 0',
      'ringside_frames_in_flight{stream="gate"} 2',
      'ringside_frames_residual{stream="gate"} 0',
      'ringside_stream_state{stream="gate",state="live"} 1',
      'ringside_stream_state{stream="gate",state="failed"} 0',
      'ringside_stream_fps{stream="gate",stage="ingest"} 25',
      'ringside_stream_lag_seconds{stream="gate",quantile="0.5"} 0.033',
      'ringside_decoder_restarts_total{stream="gate"} 2',
      'ringside_process_up{stage="infer"} 1',
      'ringside_process_resident_bytes{stage="infer",process="infer-of-the-test"} 157286400',
      'ringside_infer_batch_fill_ratio{device="cpu-0",model="ringside-nano",process="infer-of-the-test"} 0.75',
      'ringside_websocket_clients 1',
      'ringside_redis_up 1',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    expect(text).toMatch(
      /ringside_http_request_duration_seconds_count\{method="POST",route="\/api\/v1\/streams",status="201"\} 1/,
    )
    const names = text.match(/^# TYPE (\S+)/gm) ?? []
    expect(new Set(names).size).toBe(names.length)
    await stage.call('DELETE', '/api/v1/streams/gate')
    expect((await stage.call('GET', '/metrics')).text).not.toContain('stream="gate"')
    live.socket.close()
  })
})

describe('the process', () => {
  const main = fileURLToPath(new URL('../../dist/publish/main.js', import.meta.url))

  it('prints its address with a fresh token once, and closes within 3 s with 1001 and exit code 0', async () => {
    const redis = await startRedis()
    const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-main-'))
    const port = await freePort()
    const env = {
      PATH: process.env.PATH,
      REDIS_URL: redis.url,
      RINGSIDE_PORT: String(port),
      RINGSIDE_DATA_DIR: dataDir,
    }
    const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    try {
      let stdout = ''
      child.stdout.on('data', data => (stdout += data))
      const token = await new Promise<string>((resolve, reject) => {
        let stderr = ''
        child.stderr.on('data', data => {
          stderr += data
          const found = /\?token=(\S+)/.exec(stderr)
          if (found) resolve(found[1] as string)
        })
        child.once('exit', code => reject(new Error(`exit ${code}: ${stderr}${stdout}`)))
      })
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?token=${token}`)
      await new Promise((resolve, reject) => {
        socket.once('message', resolve)
        socket.once('error', reject)
      })
      const closed = new Promise<number>(resolve => socket.once('close', resolve))
      const exited = new Promise<number | null>(resolve => child.once('exit', resolve))
      const begun = Date.now()
      child.kill('SIGTERM')
      expect(await closed).toBe(1001)
      expect(await exited).toBe(0)
      expect(Date.now() - begun).toBeLessThan(3000)
      expect(stdout).not.toContain(token)
    } finally {
      child.kill('SIGKILL')
      await redis.close()
      fs.rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
