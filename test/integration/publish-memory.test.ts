/** Snapshots, diffs and alerts through REST, the command line and the WebSocket's source, over a real Redis. */
import { createHmac } from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Alert, alertKinds } from '../../shared/memory/alert.js'
import type { Allocation, AllocationReport } from '../../shared/memory/allocation.js'
import type { MemorySample } from '../../shared/memory/timeline.js'
import { Allocations } from '../../shared/redis/allocations.js'
import { MemoryTimeline } from '../../shared/redis/memory-timeline.js'
import { hostedModel } from '../tools/model-reports.js'
import { type PublishStage, startPublishStage, TOKEN } from '../tools/publish-stage.js'
import { processReport } from '../tools/stage-reports.js'
import { runRingside } from '../tools/up-process.js'

const MIB = 2 ** 20
const GIB = 2 ** 30
const SECRET = 'a-secret-of-the-webhook'

interface Received {
  headers: http.IncomingHttpHeaders
  body: string
}

/** Refuses the first two, then accepts. */
const received: Received[] = []
let receiver: http.Server
let webhookUrl: string
let stage: PublishStage
let beating: NodeJS.Timeout
let hostUsedBytes = 2 * GIB

beforeAll(async () => {
  receiver = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
      response.statusCode = received.length <= 2 ? 503 : 204
      response.end()
    })
  })
  await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve))
  webhookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook/of-the-operator`
  stage = await startPublishStage({
    RINGSIDE_ALERTS_WEBHOOK_URL: webhookUrl,
    RINGSIDE_ALERTS_WEBHOOK_SECRET: SECRET,
    RINGSIDE_MEMORY_KEEP_SNAPSHOTS: '4',
    RINGSIDE_MEMORY_SNAPSHOT_EVERY_MS: '10000',
  })
  await beat()
  beating = setInterval(() => void beat(), 1000)
}, 20_000)
afterAll(async () => {
  clearInterval(beating)
  await stage.close()
  await new Promise(resolve => receiver.close(resolve))
})

/** What infer would say each second. */
async function beat(): Promise<void> {
  const { redis, keys } = stage.peer
  const report = processReport('infer')
  if (report.detail.stage !== 'infer') throw new Error('this is a report of infer')
  const detail = { ...report.detail, deviceId: 'cpu-0', models: [hostedModel('yolox-nano')] }
  await stage.reports.writeProcess({ ...report, detail })
  await new MemoryTimeline(redis, keys).add(sample())
}

function sample(): MemorySample {
  return {
    atMs: Date.now(),
    device: 'cpu-0',
    inUseBytes: 80 * MIB,
    reservedBytes: 100 * MIB,
    peakBytes: null,
    processBytes: 120 * MIB,
    deviceUsedBytes: hostUsedBytes,
    deviceTotalBytes: null,
    hostUsedBytes,
    hostTotalBytes: 8 * GIB,
    shmUsedBytes: 64 * MIB,
    shmTotalBytes: GIB,
    ringSlotsUsed: 2,
    ringSlots: 8,
    streams: 1,
    models: ['yolox-nano'],
    instance: 'infer-of-the-test',
  }
}

function tell(...allocations: Pick<Allocation, 'kind' | 'owner' | 'bytes'>[]): Promise<void> {
  const report: AllocationReport = {
    stage: 'ingest',
    instance: 'ingest-of-the-test',
    pid: 4711,
    atMs: Date.now(),
    allocations: allocations.map(each => ({ ...each, where: 'host', count: 1, exact: true })),
  }
  return new Allocations(stage.peer.redis, stage.peer.keys).write(report)
}

async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined>,
  timeoutMs: number,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${timeoutMs} ms`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

const cli = (...words: string[]) => runRingside(['memory', ...words, '--url', stage.url, '--token', TOKEN])

describe('snapshots', () => {
  let a: string
  let b: string

  it('are taken of what every process reported, by REST and by command', async () => {
    await tell(
      { kind: 'decoder', owner: 'stream gate', bytes: 40 * MIB },
      { kind: 'heap', owner: 'process', bytes: 30 * MIB },
    )
    const answer = await stage.call('POST', '/api/v1/memory/snapshots')
    expect(answer.status).toBe(201)
    a = answer.json.id
    expect(answer.headers.get('location')).toBe(`/api/v1/memory/snapshots/${a}`)
    const whole = (await stage.call('GET', `/api/v1/memory/snapshots/${a}`)).json
    expect(whole).toMatchObject({ v: 1, id: a, why: 'operator', streams: [], models: ['yolox-nano'] })
    const ofIngest = whole.processes.find((report: AllocationReport) => report.stage === 'ingest')
    expect(ofIngest.allocations).toContainEqual({
      kind: 'decoder',
      owner: 'stream gate',
      where: 'host',
      count: 1,
      bytes: 40 * MIB,
      exact: true,
    })

    await tell(
      { kind: 'decoder', owner: 'stream gate', bytes: 95 * MIB },
      { kind: 'heap', owner: 'process', bytes: 31 * MIB },
    )
    const taken = await cli('snapshot', '--json')
    expect(taken.code).toBe(0)
    b = JSON.parse(taken.stdout).id
    expect((await cli('show', b)).stdout).toMatch(/ingest 4711 +decoder +stream gate +host +1 +95 MiB/)
    expect((await cli('ls')).stdout).toContain(b)
  })

  it('are compared: growth by owner and the likely cause, whichever is named first', async () => {
    const diff = (await stage.call('GET', `/api/v1/memory/snapshots/${b}/diff/${a}`)).json
    expect(diff).toMatchObject({ from: { id: a }, to: { id: b }, streams: { added: [] } })
    expect(diff.owners[0]).toMatchObject({ name: 'decoder of stream gate (ingest)', bytes: 55 * MIB })
    expect(diff.causes[0]).toMatch(/^Growth of its own: the decoder of stream gate/)
    const { stdout } = await cli('diff', a, b)
    expect(stdout).toMatch(/decoder of stream gate \(ingest\) +40 MiB +95 MiB +\+55 MiB/)
    expect(stdout).toContain('Likely cause:')
  })

  it('that are not there are answered 404, and by the command with exit code 3', async () => {
    const missing = '20200101T000000Z-000000'
    for (const path of [missing, `${a}/diff/${missing}`]) {
      const answer = await stage.call('GET', `/api/v1/memory/snapshots/${path}`)
      expect([answer.status, answer.json.code]).toEqual([404, 'unknown_snapshot'])
    }
    expect((await stage.call('GET', '/api/v1/memory/snapshots/what')).status).toBe(400)
    expect((await cli('show', missing)).code).toBe(3)
  })

  it('are removed', async () => {
    expect((await stage.call('DELETE', `/api/v1/memory/snapshots/${a}`)).status).toBe(204)
    expect((await stage.call('DELETE', `/api/v1/memory/snapshots/${a}`)).status).toBe(404)
  })

  it('are kept as many as the settings say, the newest', async () => {
    const made: string[] = []
    for (let i = 0; i < 5; i++) made.push((await stage.call('POST', '/api/v1/memory/snapshots')).json.id)
    const { snapshots } = (await stage.call('GET', '/api/v1/memory/snapshots')).json
    expect(snapshots).toHaveLength(4)
    expect((await stage.call('GET', `/api/v1/memory/snapshots/${made[0]}`)).status).toBe(404)
    expect((await stage.call('GET', `/api/v1/memory/snapshots/${made[4]}`)).status).toBe(200)
  })

  it('are taken on the schedule of the settings', async () => {
    const scheduled = await until(
      'a scheduled snapshot',
      async () => {
        const { snapshots } = (await stage.call('GET', '/api/v1/memory/snapshots')).json
        return snapshots.find(({ why }: { why: string }) => why === 'schedule')
      },
      15_000,
    )
    expect(scheduled.models).toEqual(['yolox-nano'])
  }, 20_000)
})

describe('an alert', () => {
  const alerts = async (): Promise<Alert[]> => (await stage.call('GET', '/api/v1/alerts')).json.alerts
  const events = async (): Promise<Alert[]> =>
    (await stage.peer.redis.xrange(stage.peer.keys.events, '-', '+'))
      .map(([, fields]) => JSON.parse(fields[1] as string))
      .filter(({ type }) => type === 'alert')

  it('fires once when the host’s memory is full for a while: REST, events, log, and a webhook that is tried until it is taken', async () => {
    expect(await alerts()).toEqual([])
    hostUsedBytes = 7.7 * GIB
    const [alert] = await until(
      'the alert',
      async () => ((await alerts()).length > 0 ? alerts() : null),
      30_000,
    )
    expect(alert).toMatchObject({
      id: 'host_memory:host',
      kind: 'host_memory',
      device: null,
      state: 'firing',
      threshold: 0.9,
    })
    expect(alert?.value).toBeCloseTo(7.7 / 8)
    await until('the third delivery', async () => received.length >= 3, 15_000)
    expect(await events()).toHaveLength(1)
    expect(stage.log()).toContain('of the host’s memory is in use')
    expect(new Set(received.map(({ headers }) => headers['ringside-delivery'])).size).toBe(1)
    for (const { headers, body } of received) {
      const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['ringside-signature'])) ?? []
      expect(v1).toBe(createHmac('sha256', SECRET).update(`${t}.${body}`).digest('hex'))
      expect(Math.abs(Number(t) - Date.now() / 1000)).toBeLessThan(60)
      expect(JSON.parse(body)).toMatchObject({ type: 'alert', v: 1, id: 'host_memory:host', state: 'firing' })
    }
  }, 60_000)

  it('leaves a snapshot of its moment', async () => {
    const { snapshots } = (await stage.call('GET', '/api/v1/memory/snapshots')).json
    expect(snapshots.map(({ why }: { why: string }) => why)).toContain('alert')
  })

  it('shows neither the webhook’s address nor its secret in the log or in Redis', async () => {
    expect(stage.log()).toContain('tried again')
    for (const hidden of [webhookUrl, '/hook/of-the-operator', SECRET])
      expect(stage.log()).not.toContain(hidden)
    const { redis } = stage.peer
    for (const key of await redis.keys('*:webhooks:*')) {
      if ((await redis.type(key)) !== 'hash') continue
      const text = JSON.stringify(await redis.hgetall(key))
      for (const hidden of ['of-the-operator', SECRET]) expect(text).not.toContain(hidden)
    }
  })
})

describe('docs/alerts.md', () => {
  const text = fs.readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8')

  it('has every kind, with its meaning and its remedy', () => {
    for (const kind of alertKinds) {
      expect(text).toMatch(new RegExp(`^\\| \`${kind}\` `, 'm'))
      const [, chapter] = text.split(`### \`${kind}\``)
      expect(chapter?.split('\n#')[0]).toMatch(/\*\*Means:\*\*[\s\S]+\*\*Do:\*\*/)
    }
  })

  it('has a verification in JavaScript that takes what was sent, and nothing else', async () => {
    const code = /```js\n([\s\S]+?)```/.exec(text)?.[1] as string
    const module = `data:text/javascript,${encodeURIComponent(`${code}\nexport { isOfRingside }`)}`
    const { isOfRingside } = await import(module)
    const [{ body, headers }] = received as [Received]
    const header = String(headers['ringside-signature'])
    expect(isOfRingside(Buffer.from(body), header, SECRET)).toBe(true)
    expect(isOfRingside(Buffer.from(body), header, 'another secret')).toBe(false)
    expect(isOfRingside(Buffer.from(`${body} `), header, SECRET)).toBe(false)
    expect(isOfRingside(Buffer.from(body), header.replace(/^t=\d+/, 't=1'), SECRET)).toBe(false)
  })
})
