/** Who may enter publish: every entrance × every credential, guesses, foreign pages; and that no secret comes out. */
import { afterEach, describe, expect, it } from 'vitest'
import { addDetections } from '../../shared/redis/publish-streams.js'
import { type Answer, type PublishStage, startPublishStage, TOKEN } from '../tools/publish-stage.js'
import { processReport, quietIngest } from '../tools/stage-reports.js'

let stage: PublishStage
afterEach(() => stage.close())

const bearer = { authorization: `Bearer ${TOKEN}` }

async function cookieOf(visited: PublishStage): Promise<string> {
  const visit = await visited.call('GET', `/?token=${TOKEN}`, undefined, {})
  expect([visit.status, visit.headers.get('location')]).toEqual([303, '/'])
  return (visit.headers.get('set-cookie') ?? '').split(';')[0] as string
}

describe('access', () => {
  it('opens health and dashboard to all, and everything else to the token alone', async () => {
    stage = await startPublishStage()
    await stage.reports.writeProcess(processReport('ingest'))
    const closed: [string, string][] = [
      ['GET', '/api/v1/streams'],
      ['POST', '/api/v1/streams'],
      ['GET', '/api/v1/streams/gate'],
      ['PATCH', '/api/v1/streams/gate'],
      ['DELETE', '/api/v1/streams/gate'],
      ['POST', '/api/v1/probe'],
      ['GET', '/api/v1/gpus'],
      ['GET', '/api/v1/models'],
      ['GET', '/api/v1/models/catalogue'],
      ['POST', '/api/v1/models/pull'],
      ['PUT', '/api/v1/models/gate'],
      ['DELETE', '/api/v1/models/gate'],
      ['POST', '/api/v1/models/gate/check'],
      ['GET', '/api/v1/jobs'],
      ['DELETE', '/api/v1/jobs/1'],
      ['GET', '/api/v1/processes'],
      ['GET', '/metrics'],
      ['GET', '/openapi.json'],
      ['GET', '/asyncapi.json'],
      ['GET', '/api/v1/none'],
      ['PUT', '/api/v1/streams'],
    ]
    for (const [method, path] of closed) {
      const answer = await stage.call(method, path, undefined, {})
      expect([path, answer.status, answer.json.code]).toEqual([path, 401, 'unauthorized'])
      expect(answer.headers.get('www-authenticate')).toContain('Bearer')
      expect((await stage.call(method, path)).status, path).not.toBe(401)
    }
    expect((await stage.call('GET', '/healthz', undefined, {})).status).toBe(200)
    expect((await stage.call('GET', '/readyz', undefined, {})).status).toBe(503)
    expect((await stage.call('GET', '/', undefined, {})).status).toBeOneOf([200, 503])
  })

  it('takes a token in the query for the first visit only, and gives a cookie that scripts cannot read', async () => {
    stage = await startPublishStage()
    expect((await stage.call('GET', `/api/v1/streams?token=${TOKEN}`, undefined, {})).status).toBe(401)
    const wrong = await stage.call('GET', '/?token=wrong', undefined, {})
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null])
    const visit = await stage.call('GET', `/?token=${TOKEN}`, undefined, {})
    expect(visit.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Strict/)
    expect(visit.headers.get('set-cookie')).not.toContain(TOKEN)
    const cookie = await cookieOf(stage)
    expect((await stage.call('GET', '/api/v1/streams', undefined, { cookie })).status).toBe(200)
    expect((await stage.call('GET', '/api/v1/streams', undefined, { cookie: `x=1; ${cookie}` })).status).toBe(
      200,
    )
  })

  it('lets the cookie change things only from its own pages', async () => {
    stage = await startPublishStage({ RINGSIDE_SERVER_ALLOWED_ORIGINS: '["https://wall.example"]' })
    const cookie = await cookieOf(stage)
    const post = (headers: Record<string, string>): Promise<Answer> =>
      stage.call('POST', '/api/v1/streams', {}, { cookie, 'content-type': 'application/json', ...headers })
    expect((await post({})).json.code).toBe('origin_denied')
    expect((await post({ origin: 'https://evil.example' })).json.code).toBe('origin_denied')
    expect((await post({ origin: 'null' })).json.code).toBe('origin_denied')
    expect((await post({ origin: stage.url })).json.code).toBe('invalid_stream_id')
    expect((await post({ origin: 'https://wall.example' })).json.code).toBe('invalid_stream_id')
  })

  it('takes a cookie of an earlier start away', async () => {
    stage = await startPublishStage()
    const stale = await stage.call('GET', '/api/v1/streams', undefined, { cookie: 'ringside=stale' })
    expect([stale.status, stale.headers.get('set-cookie')]).toEqual([
      401,
      expect.stringContaining('Max-Age=0'),
    ])
  })

  it('refuses an address after ten failures, even with the right token, and says for how long', async () => {
    stage = await startPublishStage()
    const statuses = []
    for (let i = 0; i < 11; i++) {
      const guess = { authorization: `Bearer guess-${i}` }
      statuses.push((await stage.call('GET', '/api/v1/streams', undefined, guess)).status)
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429])
    const refused = await stage.call('GET', '/api/v1/streams')
    expect(refused.json.code).toBe('too_many_failures')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50)
    await expect(stage.open()).rejects.toMatchObject({ status: 429 })
    expect((await stage.call('GET', '/healthz')).status).toBe(200)
  })

  it('does not answer to a foreign name on loopback (DNS rebinding)', async () => {
    stage = await startPublishStage()
    const { request } = await import('node:http')
    const statusOf = (host: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const asked = request({ port: stage.port, path: '/healthz', headers: { host } }, answer => {
          answer.resume()
          resolve(answer.statusCode ?? 0)
        })
        asked.on('error', reject)
        asked.end()
      })
    expect(await statusOf('evil.example')).toBe(403)
    expect(await statusOf(`evil.example:${stage.port}`)).toBe(403)
    expect(await statusOf(`localhost:${stage.port}`)).toBe(200)
    expect(await statusOf('[::1]:80')).toBe(200)
  })

  it('opens the WebSocket only to the right token and origin, and refuses before the upgrade', async () => {
    stage = await startPublishStage({ RINGSIDE_SERVER_ALLOWED_ORIGINS: '["https://wall.example"]' })
    const cookie = await cookieOf(stage)
    const refused: [string, Record<string, string>, string, number][] = [
      ['no token', {}, '', 401],
      ['a wrong token', { authorization: 'Bearer wrong' }, '', 401],
      ['a wrong token in the query', {}, '?token=wrong', 401],
      ['a wrong cookie', { cookie: 'ringside=wrong', origin: stage.url }, '', 401],
      ['a foreign origin', { ...bearer, origin: 'https://evil.example' }, '', 403],
      [
        'a foreign origin with the token in the query',
        { origin: 'http://evil.example' },
        `?token=${TOKEN}`,
        403,
      ],
      ['a cookie with a foreign origin', { cookie, origin: 'https://evil.example' }, '', 403],
      ['a cookie with no origin', { cookie }, '', 403],
    ]
    for (const [what, headers, query, status] of refused) {
      await expect(stage.open(headers, query), what).rejects.toMatchObject({ status })
    }
    const taken: [Record<string, string>, string][] = [
      [bearer, ''],
      [{}, `?token=${TOKEN}`],
      [{ ...bearer, origin: stage.url }, ''],
      [{ cookie, origin: stage.url }, ''],
      [{ cookie, origin: 'https://wall.example' }, ''],
    ]
    for (const [headers, query] of taken) {
      const client = await stage.open(headers, query)
      await client.until(text => text.includes('"hello"'))
      client.socket.close()
    }
  })
})

describe('secrets', () => {
  it('never come out of an answer, the log, the metrics, the WebSocket or Redis', async () => {
    stage = await startPublishStage()
    await stage.reports.writeProcess(processReport('ingest'))
    const password = 'c4n@ry/ZEBRA'
    const spellings = [
      password,
      encodeURIComponent(password),
      Buffer.from(password).toString('base64'),
      'ZEBRA',
    ]
    const url = `rtsp://admin:${encodeURIComponent(password)}@camera.example/live?password=ZEBRA&channel=1`
    const seen: string[] = []
    const note = (answer: Answer): void => {
      seen.push(answer.text + JSON.stringify([...answer.headers]))
    }
    const live = await stage.open()
    await live.say({ type: 'subscribe' })

    const created = await stage.call('POST', '/api/v1/streams', { id: 'gate', url })
    expect(created.json.url).toBe('rtsp://camera.example/live?password=(hidden)&channel=1')
    note(created)
    note(await stage.call('POST', '/api/v1/streams', { id: 'gate', url }))
    const bad = [
      { id: 'x', url: `http://admin:${encodeURIComponent(password)}@h/` },
      { id: 'x', url: `rtsp://admin:${password}@h/` },
      { id: 'x', url: `rtsp://admin:ZEBRA@h/ x` },
      { id: 'x', url: `rtsp://admin:ZEBRA@/x` },
      { id: 'x', url: [url] },
      { id: 'x', url, password },
      { id: 'x', url, fps: url },
      { id: 'x', url, priority: { password } },
      { id: url, url },
      { id: 'x', url, model: url },
      { id: 'x', url, [url]: 1 },
      `{"id":"x","url":"${url}",}`,
    ]
    for (const body of bad) {
      const answer = await stage.call('POST', '/api/v1/streams', body)
      expect(answer.status, JSON.stringify(body)).toBeGreaterThanOrEqual(400)
      expect(answer.json.code).not.toBe('internal')
      note(answer)
    }
    note(await stage.call('PATCH', '/api/v1/streams/gate', { url }))
    const text = `rtsp://admin:${encodeURIComponent(password)}@camera.example refused the password`
    const reason = { code: 'unauthorized' as const, text }
    await stage.reports.writeIngest('gate', { ...quietIngest, state: 'failed', reason, atMs: Date.now() + 5 })
    const failed = await stage.call('GET', '/api/v1/streams/gate')
    expect(failed.json).toMatchObject({ state: 'failed', reason: { code: 'unauthorized' } })
    note({ ...failed })
    await stage.reports.writeIngest('gate', { ...quietIngest, atMs: Date.now() }) // ours to write, not to judge
    for (const path of ['/api/v1/streams', '/api/v1/processes', '/metrics', '/openapi.json', '/']) {
      note(await stage.call('GET', path))
    }
    await addDetections(stage.peer.redis, stage.peer.keys, 'gate', '{"type":"detections","detections":[]}')
    await live.until(message => message.includes('"detections"'))
    seen.push(stage.log(), live.received.join('\n'), await dumpOf(stage))
    for (const spelling of spellings) expect(seen.filter(each => each.includes(spelling))).toEqual([])
    expect(stage.log()).not.toContain(TOKEN)
  })
})

/** Every value of every key, raw. */
async function dumpOf({ peer: { redis } }: PublishStage): Promise<string> {
  const values: unknown[] = []
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key)
    if (type === 'hash') values.push(await redis.hgetall(key))
    else if (type === 'string') values.push(await redis.get(key))
    else if (type === 'list') values.push(await redis.lrange(key, 0, -1))
    else if (type === 'zset') values.push(await redis.zrange(key, 0, -1))
    else if (type === 'set') values.push(await redis.smembers(key))
    else if (type === 'stream') values.push(await redis.xrange(key, '-', '+'))
    else throw new Error(`The dump does not know the type ${type} of ${key}.`)
  }
  expect(values.length).toBeGreaterThan(2)
  return JSON.stringify(values)
}
