/** REST of publish over a real Redis: every route, every bad input, and what the answers say. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StreamRegistry } from '../../shared/redis/stream-registry.js'
import { type PublishStage, startPublishStage } from '../tools/publish-stage.js'
import { modelRecord, processReport, quietInfer, quietIngest } from '../tools/stage-reports.js'

const url = 'rtsp://camera.example/live'
let stage: PublishStage

const brokenModel = { ...modelRecord, name: 'broken', problem: 'The file ends in the middle of a tensor.' }

beforeAll(async () => {
  stage = await startPublishStage({ RINGSIDE_SLAB_MAX_STREAMS: '4' })
  await stage.reports.writeProcess(processReport('ingest'))
  await stage.reports.writeProcess(processReport('infer'))
  await stage.reports.writeModels('cpu-0', [modelRecord, brokenModel])
  const beat = setInterval(() => {
    void stage.reports.writeProcess(processReport('ingest'))
    void stage.reports.writeProcess(processReport('infer'))
  }, 1000)
  beat.unref()
})
afterAll(() => stage.close())

describe('streams', () => {
  it('registers, reads, changes, lists and removes one', async () => {
    const created = await stage.call('POST', '/api/v1/streams', { id: 'gate', url, fps: 10, priority: 7 })
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe('/api/v1/streams/gate')
    expect(created.json).toMatchObject({
      id: 'gate',
      url,
      model: null,
      fps: 10,
      priority: 7,
      enabled: true,
      state: 'connecting',
      ringSlots: 4,
    })
    expect((await stage.call('GET', '/api/v1/streams/gate')).json).toMatchObject({ id: 'gate', restarts: 0 })
    expect((await stage.call('GET', '/api/v1/streams')).json.streams).toHaveLength(1)

    const paused = await stage.call('PATCH', '/api/v1/streams/gate', { enabled: false, fps: null })
    expect(paused.json).toMatchObject({ enabled: false, fps: null, state: 'paused', priority: 7 })
    expect(paused.json.reason.code).toBe('paused_by_operator')
    const moved = await stage.call('PATCH', '/api/v1/streams/gate', { url: 'rtsps://other.example:8554/x' })
    expect(moved.json.url).toBe('rtsps://other.example:8554/x')

    const removed = await stage.call('DELETE', '/api/v1/streams/gate')
    expect([removed.status, removed.text]).toEqual([204, ''])
    expect((await stage.call('GET', '/api/v1/streams/gate')).json.code).toBe('unknown_stream')
  })

  it('leaves a control job for ingest at each change', async () => {
    await stage.call('POST', '/api/v1/streams', { id: 'jobs', url })
    await stage.call('PATCH', '/api/v1/streams/jobs', { enabled: false })
    await stage.call('DELETE', '/api/v1/streams/jobs')
    const keys = await stage.peer.redis.keys(`${stage.peer.keys.jobs}:control:*`)
    const hashes = keys.filter(key => /:\d+$/.test(key))
    const data = await Promise.all(hashes.map(key => stage.peer.redis.hget(key, 'data')))
    const ofStream = data.map(text => JSON.parse(text ?? '{}')).filter(job => job.stream === 'jobs')
    expect(ofStream.map(job => job.kind).sort()).toEqual(['start', 'stop', 'stop'])
  })

  it('reserves a ring for each, and refuses what the slab cannot hold', async () => {
    for (const id of ['a', 'b', 'c', 'd']) {
      expect((await stage.call('POST', '/api/v1/streams', { id, url })).status).toBe(201)
    }
    const refused = await stage.call('POST', '/api/v1/streams', { id: 'e', url })
    expect(refused.status).toBe(507)
    expect(refused.json).toMatchObject({ code: 'slab_full', key: 'slab.maxStreams', value: '4' })
    const registry = new StreamRegistry(stage.peer.redis, stage.peer.keys)
    const slots = (await registry.list()).flatMap(stream => stream.ring.slots)
    expect(new Set(slots).size).toBe(16)
    for (const id of ['a', 'b', 'c', 'd']) await stage.call('DELETE', `/api/v1/streams/${id}`)
  })

  it('of one id, exactly one of many at once is registered', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => stage.call('POST', '/api/v1/streams', { id: 'race', url })),
    )
    expect(answers.map(answer => answer.status).sort()).toEqual([201, ...Array(7).fill(409)])
    await stage.call('DELETE', '/api/v1/streams/race')
  })

  it('merges what ingest and infer report', async () => {
    await stage.call('POST', '/api/v1/streams', { id: 'merge', url })
    const now = Date.now()
    await stage.reports.writeIngest('merge', {
      ...quietIngest,
      state: 'live',
      sinceMs: now - 500,
      source: { widthPx: 1920, heightPx: 1080, codec: 'h264', fps: 25 },
      receivedFps: 24.9,
      restarts: 2,
      atMs: now + 1,
    })
    await stage.reports.writeInfer('merge', {
      ...quietInfer,
      inferredFps: 24.5,
      lagP50Ms: 33,
      lagP99Ms: 71,
      atMs: now,
    })
    expect((await stage.call('GET', '/api/v1/streams/merge')).json).toMatchObject({
      state: 'live',
      since: now - 500,
      source: { widthPx: 1920, heightPx: 1080, codec: 'h264', fps: 25 },
      receivedFps: 24.9,
      inferredFps: 24.5,
      lagP50Ms: 33,
      lagP99Ms: 71,
      restarts: 2,
    })
    await stage.call('DELETE', '/api/v1/streams/merge')
  })

  it('takes a known model by name, in any precision and under its one name, and lists them where it is another', async () => {
    const served = await stage.call('POST', '/api/v1/streams', { id: 'm', url, model: 'ringside-nano' })
    expect(served.json.model).toBe('ringside-nano')
    const rename = (model: string) => stage.call('PATCH', '/api/v1/streams/m', { model })
    expect((await rename('ringside-nano@fp32')).json.model).toBe('ringside-nano')
    expect((await rename('ringside-nano@int8')).json.model).toBe('ringside-nano@int8')
    expect((await rename('ringside-nano@fp64')).status).toBe(422)
    const broken = await rename('broken')
    expect(broken.json).toMatchObject({ status: 422, code: 'unknown_model' })
    expect(broken.json.detail).toContain(brokenModel.problem)
    const other = await stage.call('PATCH', '/api/v1/streams/m', { model: 'yolo99' })
    expect(other.status).toBe(422)
    expect(other.json).toMatchObject({ code: 'unknown_model', key: 'model', value: 'yolo99' })
    expect(other.json.remedy).toContain('ringside-nano')
    await stage.call('DELETE', '/api/v1/streams/m')
  })
})

describe('bad input', () => {
  const long = 'x'.repeat(65)
  const bodies: [what: string, body: unknown, status: number, code: string, key?: string][] = [
    ['an id with capitals', { id: 'Gate', url }, 400, 'invalid_stream_id', 'id'],
    ['an id with a slash', { id: 'a/b', url }, 400, 'invalid_stream_id', 'id'],
    ['an empty id', { id: '', url }, 400, 'invalid_stream_id', 'id'],
    ['an id of 65', { id: long, url }, 400, 'invalid_stream_id', 'id'],
    ['an id with a newline', { id: 'a\n', url }, 400, 'invalid_stream_id', 'id'],
    ['a number for an id', { id: 5, url }, 400, 'invalid_stream_id', 'id'],
    ['no id', { url }, 400, 'invalid_stream_id', 'id'],
    ['no url', { id: 'a' }, 400, 'invalid_source_url', 'url'],
    ['an http URL', { id: 'a', url: 'http://camera/' }, 400, 'invalid_source_url', 'url'],
    ['a file URL', { id: 'a', url: 'file:///etc/passwd' }, 400, 'invalid_source_url', 'url'],
    ['a concat URL', { id: 'a', url: 'concat:/etc/passwd' }, 400, 'invalid_source_url', 'url'],
    ['a URL without a host', { id: 'a', url: 'rtsp:///live' }, 400, 'invalid_source_url', 'url'],
    ['a URL with one slash', { id: 'a', url: 'rtsp:/host/live' }, 400, 'invalid_source_url', 'url'],
    ['a URL with a newline', { id: 'a', url: 'rtsp://h/\nfile x' }, 400, 'invalid_source_url', 'url'],
    ['a URL with a NUL', { id: 'a', url: 'rtsp://h/\u0000' }, 400, 'invalid_source_url', 'url'],
    ['a URL with a space', { id: 'a', url: 'rtsp://h/a b' }, 400, 'invalid_source_url', 'url'],
    ['no URL at all', { id: 'a', url: 'camera' }, 400, 'invalid_source_url', 'url'],
    ['an object for a URL', { id: 'a', url: {} }, 400, 'invalid_source_url', 'url'],
    ['a URL of 3000', { id: 'a', url: `rtsp://h/${'x'.repeat(3000)}` }, 400, 'invalid_source_url', 'url'],
    ['an fps of 0', { id: 'a', url, fps: 0 }, 400, 'invalid_request', 'fps'],
    ['an fps of 241', { id: 'a', url, fps: 241 }, 400, 'invalid_request', 'fps'],
    ['an fps as text', { id: 'a', url, fps: '10' }, 400, 'invalid_request', 'fps'],
    ['a priority of 0', { id: 'a', url, priority: 0 }, 400, 'invalid_request', 'priority'],
    ['a priority of 10', { id: 'a', url, priority: 10 }, 400, 'invalid_request', 'priority'],
    ['a priority of 1.5', { id: 'a', url, priority: 1.5 }, 400, 'invalid_request', 'priority'],
    ['enabled as text', { id: 'a', url, enabled: 'yes' }, 400, 'invalid_request', 'enabled'],
    ['a model that is none', { id: 'a', url, model: 'none' }, 422, 'unknown_model', 'model'],
    ['an unknown field', { id: 'a', url, ulr: 'x' }, 400, 'unknown_field', 'ulr'],
    [
      '__proto__',
      `{"id":"a","url":"${url}","__proto__":{"enabled":false}}`,
      400,
      'unknown_field',
      '__proto__',
    ],
    ['constructor', { id: 'a', url, constructor: { prototype: {} } }, 400, 'unknown_field', 'constructor'],
    ['what is not JSON', '{"id":', 400, 'invalid_request'],
    ['an empty body', '', 400, 'invalid_request'],
    ['a list', [], 400, 'invalid_request'],
    ['null', 'null', 400, 'invalid_request'],
    ['a body over 64 KiB', { id: 'a', url, x: 'x'.repeat(66_000) }, 413, 'body_too_large'],
  ]
  it.each(bodies)('POST refuses %s', async (_, body, status, code, key) => {
    const answer = await stage.call('POST', '/api/v1/streams', body)
    expect(answer.json).toMatchObject({ status, code, ...(key && { key }) })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.json.remedy).toBeTruthy()
    expect((await stage.call('GET', '/api/v1/streams')).json.streams).toEqual([])
  })

  it('names the nearest field', async () => {
    const answer = await stage.call('POST', '/api/v1/streams', { id: 'a', url, priorty: 5 })
    expect(answer.json.remedy).toContain('Did you mean priority?')
  })

  it('refuses a second stream of an id', async () => {
    await stage.call('POST', '/api/v1/streams', { id: 'twice', url })
    const second = await stage.call('POST', '/api/v1/streams', { id: 'twice', url })
    expect(second.json).toMatchObject({ status: 409, code: 'stream_exists', key: 'id', value: 'twice' })
    await stage.call('DELETE', '/api/v1/streams/twice')
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
    'refuses a body of %s',
    async type => {
      const answer = await stage.call('POST', '/api/v1/streams', '{}', {
        authorization: 'Bearer a-token-for-the-tests-of-publish',
        'content-type': type,
      })
      expect(answer.json).toMatchObject({ status: 415, code: 'unsupported_media_type' })
    },
  )

  const patches: [what: string, body: unknown, code: string][] = [
    ['nothing', {}, 'invalid_request'],
    ['the id', { id: 'other' }, 'unknown_field'],
    ['a bad url', { url: 'ftp://x' }, 'invalid_source_url'],
    ['an fps of 1000', { fps: 1000 }, 'invalid_request'],
    ['a null priority', { priority: null }, 'invalid_request'],
  ]
  it.each(patches)('PATCH refuses %s', async (_, body, code) => {
    expect((await stage.call('PATCH', '/api/v1/streams/any', body)).json.code).toBe(code)
  })

  const addresses: [method: string, path: string, status: number, code: string][] = [
    ['GET', '/api/v1/streams/none', 404, 'unknown_stream'],
    ['DELETE', '/api/v1/streams/none', 404, 'unknown_stream'],
    ['GET', '/api/v1/streams/Not%20An%20Id', 400, 'invalid_stream_id'],
    ['GET', `/api/v1/streams/${'x'.repeat(300)}`, 400, 'invalid_stream_id'],
    ['GET', '/api/v1/streams/%zz', 400, 'invalid_request'],
    ['GET', '/api/v1/nothing', 404, 'not_found'],
    ['GET', '/../../etc/passwd', 404, 'not_found'],
    ['GET', '/%2e%2e/%2e%2e/etc/passwd', 404, 'not_found'],
    ['PUT', '/api/v1/streams', 405, 'method_not_allowed'],
    ['POST', '/api/v1/streams/gate', 405, 'method_not_allowed'],
    ['DELETE', '/healthz', 405, 'method_not_allowed'],
    ['POST', '/api/v1/gpus', 405, 'method_not_allowed'],
  ]
  it.each(addresses)('%s %s is refused with %i', async (method, path, status, code) => {
    const answer = await stage.call(method, path)
    expect(answer.json).toMatchObject({ status, code })
    if (status === 405) expect(answer.headers.get('allow')).toMatch(/GET/)
  })

  it('PATCH of a stream that is not there is 404', async () => {
    expect((await stage.call('PATCH', '/api/v1/streams/none', { fps: 1 })).json.code).toBe('unknown_stream')
  })

  it('a request that is not HTTP gets a problem and a closed connection', async () => {
    const { connect } = await import('node:net')
    const text = await new Promise<string>((resolve, reject) => {
      let all = ''
      const socket = connect(stage.port, '127.0.0.1', () => socket.end('NONSENSE\r\n\r\n'))
      socket.on('data', data => (all += data))
      socket.on('end', () => resolve(all))
      socket.on('error', reject)
    })
    expect(text).toMatch(/^HTTP\/1.1 400 /)
    expect(text).toContain('"code":"invalid_request"')
  })
})

describe('the rest', () => {
  it('lists devices, models and processes as infer and ingest report them', async () => {
    expect((await stage.call('GET', '/api/v1/gpus')).json.gpus[0]).toMatchObject({
      device: 'cpu',
      busy: 0.5,
      fill: 0.75,
    })
    const [device] = (await stage.call('GET', '/api/v1/gpus')).json.gpus
    expect(device.models).toEqual([expect.objectContaining({ name: 'ringside-nano', state: 'loaded' })])
    const { models } = (await stage.call('GET', '/api/v1/models')).json
    expect(models.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
      ['ringside-nano', 'loaded'],
      ['broken', 'unusable'],
    ])
    const { processes, slabs } = (await stage.call('GET', '/api/v1/processes')).json
    expect(processes.map((report: { stage: string }) => report.stage).sort()).toEqual(['infer', 'ingest'])
    expect(processes.find((report: { stage: string }) => report.stage === 'infer').detail.buckets).toEqual([
      1, 2, 4,
    ])
    expect(slabs).toEqual([])
  })

  it('sends security headers with everything, and never names its software', async () => {
    for (const path of ['/', '/healthz', '/api/v1/streams', '/nothing']) {
      const { headers } = await stage.call('GET', path)
      expect(headers.get('content-security-policy')).toContain("default-src 'self'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-powered-by')).toBeNull()
    }
  })
})
