/** Models over REST, through real publish, infer, BullMQ and the command line. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { shippedModel } from '../../infer/model/resolve.js'
import type { CatalogueList, JobView, ModelList, ModelView, Problem } from '../../shared/api/views.js'
import { sleep } from '../../shared/clock.js'
import { type ModelServer, sha256, startModelServer, tempDataDir } from '../tools/model-server.js'
import { startPublishStage } from '../tools/publish-stage.js'
import { type Stages, startStages } from '../tools/stages.js'
import { encodeModel, syntheticModel } from '../tools/synthetic-model.js'

/** The shipped model with one more field of metadata (ModelProto.metadata_props, number 14): a file of its own. */
const shipped = fs.readFileSync(shippedModel.file)
const street = Buffer.concat([shipped, Buffer.from([14 * 8 + 2, 6, 10, 1, 97, 18, 1, 98])])
const tiny = encodeModel(
  syntheticModel({
    opset: 17,
    widthPx: 64,
    heightPx: 32,
    outputDims: [6, 42],
    table: new Float32Array(6 * 42),
  }),
)
let server: ModelServer
let stages: Stages
let dir: string
beforeAll(async () => {
  server = await startModelServer(street)
  dir = tempDataDir()
  const catalogue = path.join(dir, 'catalogue.yml')
  fs.writeFileSync(catalogue, stringify({ models: [entryOf(server)] }))
  stages = await startStages({ RINGSIDE_MODEL_CATALOGUE: catalogue, RINGSIDE_MODEL_ALLOW_UPLOADS: 'true' })
  await stages.ready()
})
afterAll(async () => {
  await stages.close()
  await server.close()
  fs.rmSync(dir, { recursive: true })
})

const entryOf = ({ url }: ModelServer) => ({
  name: 'street',
  title: 'Street',
  family: 'yolox',
  address: `${url}/street.onnx`,
  sha256: sha256(street),
  bytes: street.length,
  licence: { spdx: 'Apache-2.0', source: 'https://example.com/LICENSE' },
  inputWidthPx: 416,
  inputHeightPx: 416,
  publishedMap: null,
})

const call = <T>(method: string, route: string, body?: unknown) =>
  stages.api<T>(method, `/api/v1${route}`, body)
const begin = async (method: string, route: string, body?: unknown): Promise<JobView> => {
  const { status, body: job } = await call<JobView>(method, route, body)
  expect({ status, job }).toMatchObject({ status: 202, job: { id: expect.any(String) } })
  return job
}

async function until(id: string, fits: (job: JobView) => boolean, timeoutMs = 40_000): Promise<JobView> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const { body } = await call<JobView>('GET', `/jobs/${id}`)
    if (fits(body)) return body
    if (Date.now() > deadline || body.endedAt !== null)
      throw new Error(`${JSON.stringify(body)}\n${stages.log('infer')}`)
    await sleep(100)
  }
}
const ended = (id: string): Promise<JobView> =>
  until(id, ({ endedAt, state }) => endedAt !== null && state !== 'running')

async function upload(name: string, bytes: Uint8Array, headers: Record<string, string> = {}, query = '') {
  const response = await fetch(`${stages.url}/api/v1/models/${name}${query}`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${stages.token}`,
      'content-type': 'application/octet-stream',
      ...headers,
    },
    body: new Uint8Array(bytes),
  })
  return { status: response.status, body: (await response.json()) as JobView & Problem }
}

/** Processes that run a model command on the data folder of the test. */
const commands = (): string[] =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter(line => /ringside\.js model .*street/.test(line))

describe('models over REST', () => {
  it('are listed with what the devices do with them', async () => {
    const { body } = await call<ModelList>('GET', '/models')
    expect(body.models.map(({ name }) => name)).toEqual(['ringside-nano', 'ringside-nano@fp16'])
    expect(body.models[0]).toMatchObject({
      origin: 'shipped',
      family: 'yolox',
      precision: 'fp32',
      widthPx: 416,
      digest: sha256(shipped),
      licence: 'Apache-2.0',
      state: 'idle',
      devices: ['cpu-0'],
      streams: [],
    })
    expect(body.models[1]).toMatchObject({ precision: 'fp16', state: 'available', devices: [] })
    const one = await call<ModelView>('GET', '/models/ringside-nano@fp32')
    expect(one.body.name).toBe('ringside-nano')
    expect((await call<CatalogueList>('GET', '/models/catalogue')).body.models).toEqual([entryOf(server)])
  })

  it('are pulled, prepared and removed by jobs, which leave their result', async () => {
    const pull = await ended((await begin('POST', '/models/pull', { name: 'street' })).id)
    expect(pull).toMatchObject({ kind: 'pull', model: 'street', state: 'done', problem: null })
    expect(pull.result).toMatchObject({ name: 'street', sha256: sha256(street), from: 'network' })
    expect((await call<ModelView>('GET', '/models/street')).body).toMatchObject({
      origin: 'registry',
      state: 'available',
    })
    const prepare = await ended((await begin('POST', '/models/street/prepare')).id)
    expect(prepare).toMatchObject({ state: 'done', result: { cached: false, precision: 'fp32' } })
    const inspect = await ended((await begin('POST', '/models/street/inspect', {})).id)
    expect(inspect.result).toMatchObject({ spec: { family: 'yolox' }, nodes: 501 })

    await call('POST', '/streams', {
      id: 'gate',
      url: 'rtsp://127.0.0.1:9/none',
      model: 'street',
      enabled: false,
    })
    expect((await call<ModelView>('GET', '/models/street')).body.streams).toEqual(['gate'])
    expect(await call('DELETE', '/models/street')).toMatchObject({
      status: 409,
      body: { code: 'model_in_use', detail: expect.stringContaining('gate') },
    })
    await call('DELETE', '/streams/gate')
    expect(await ended((await begin('DELETE', '/models/street')).id)).toMatchObject({ state: 'done' })
    expect(await call('GET', '/models/street')).toMatchObject({
      status: 404,
      body: { code: 'model_not_found' },
    })
    const { jobs } = (await call<{ jobs: JobView[] }>('GET', '/jobs')).body
    expect(jobs.map(({ kind }) => kind)).toEqual(['rm', 'inspect', 'prepare', 'pull'])
  })

  it('can be told to stop: the command ends, and its download goes on when asked again', async () => {
    server.manners.pauseMs = 60
    const { id } = await begin('POST', '/models/pull', { name: 'street' })
    const running = await until(id, ({ progress }) => (progress?.done ?? 0) > 0)
    expect(running).toMatchObject({ state: 'running', progress: { total: street.length, unit: 'bytes' } })
    expect(commands().length).toBeGreaterThan(0)
    expect(commands().every(line => !line.includes(stages.token))).toBe(true)
    const waiting = await begin('POST', '/models/ringside-nano/prepare')
    await call('DELETE', `/jobs/${waiting.id}`)
    await call('DELETE', `/jobs/${id}`)
    expect(await ended(id)).toMatchObject({
      state: 'cancelled',
      problem: { code: 'job_failed' },
      result: null,
    })
    expect(await ended(waiting.id)).toMatchObject({ state: 'cancelled' })
    expect(commands()).toEqual([])
    const before = server.requests.length
    server.manners.pauseMs = 0
    expect(await ended((await begin('POST', '/models/pull', { name: 'street' })).id)).toMatchObject({
      state: 'done',
    })
    expect(server.requests[before]?.range).toMatch(/^bytes=[1-9]/)
    expect(await ended((await begin('DELETE', '/models/street')).id)).toMatchObject({ state: 'done' })
  })

  it('are uploaded, held to the digest that the sender names', async () => {
    const digest = createHash('sha256').update(tiny).digest('base64')
    const sent = await upload('mine', tiny, { 'repr-digest': `sha-256=:${digest}:` }, '?licence=MIT')
    expect(sent.status).toBe(202)
    expect(await ended(sent.body.id)).toMatchObject({
      kind: 'add',
      state: 'done',
      result: { licence: 'MIT' },
    })
    expect((await call<ModelView>('GET', '/models/mine')).body).toMatchObject({
      digest: sha256(tiny),
      widthPx: 64,
    })

    const wrong = await upload('other', tiny, {}, `?sha256=${'ab'.repeat(32)}`)
    expect(wrong).toMatchObject({ status: 422, body: { code: 'model_changed' } })
    const junk = await upload('junk', Buffer.from('no model'))
    expect(await ended(junk.body.id)).toMatchObject({ state: 'failed', problem: { code: 'model_invalid' } })
    const taken = await upload('mine', shipped)
    expect(await ended(taken.body.id)).toMatchObject({ state: 'failed', problem: { code: 'model_exists' } })
    expect(await upload('mine', Buffer.alloc(0))).toMatchObject({ status: 400 })
    expect(fs.readdirSync(path.join(stages.dataDir, 'models/.incoming'))).toEqual([])
  })

  it('are judged on pictures of two folders only', async () => {
    fs.mkdirSync(path.join(stages.dataDir, 'datasets'))
    fs.symlinkSync('/etc', path.join(stages.dataDir, 'datasets/link'))
    for (const images of ['/etc', '../models', 'link', 'nowhere']) {
      const { id } = await begin('POST', '/models/ringside-nano/check', { images })
      const job = await ended(id)
      expect(job, images).toMatchObject({
        state: 'failed',
        problem: { code: 'invalid_request', key: 'images' },
      })
    }
  })

  it.each([
    ['POST', '/models/pull', { name: 'nothing' }, 404, 'model_not_found'],
    ['POST', '/models/pull', { name: '../x' }, 400, 'invalid_request'],
    ['POST', '/models/none/prepare', {}, 404, 'model_not_found'],
    ['POST', '/models/ringside-nano/prepare', { x: 1 }, 400, 'unknown_field'],
    ['POST', '/models/ringside-nano/check', {}, 400, 'invalid_request'],
    ['GET', '/models/ringside-nano@int4', undefined, 400, 'invalid_request'],
    ['DELETE', '/models/ringside-nano', undefined, 404, 'model_not_found'],
    ['GET', '/jobs/999999', undefined, 404, 'unknown_job'],
    ['DELETE', '/jobs/x', undefined, 404, 'unknown_job'],
  ])('%s %s with %j is answered %i %s', async (method, route, body, status, code) => {
    expect(await call(method, route, body)).toMatchObject({
      status,
      body: { code, remedy: expect.any(String) },
    })
  })

  it('outlive an infer that is killed: the command dies with it, the job is done by the next', async () => {
    server.manners.pauseMs = 60
    const { id } = await begin('POST', '/models/pull', { name: 'street' })
    await until(id, ({ progress }) => (progress?.done ?? 0) > 0)
    await stages.kill('infer', 'SIGKILL')
    for (let i = 0; i < 40 && commands().length > 0; i++) await sleep(50)
    expect(commands()).toEqual([])
    server.manners.pauseMs = 0
    stages.start('infer')
    expect(await ended(id)).toMatchObject({ state: 'done', result: { from: 'network' } })
  })
})

describe('publish alone', () => {
  it('takes no upload unless the settings say so, and no job that nobody would do', async () => {
    const stage = await startPublishStage()
    try {
      const headers = { authorization: 'Bearer a-token-for-the-tests-of-publish' }
      const bytes = { ...headers, 'content-type': 'application/octet-stream' }
      expect((await stage.call('PUT', '/api/v1/models/x', 'bytes', bytes)).json.code).toBe('uploads_disabled')
      expect((await stage.call('PUT', '/api/v1/models/x', '{}')).status).toBe(403)
      const pull = await stage.call('POST', '/api/v1/models/pull', { name: 'street' })
      expect(pull).toMatchObject({ status: 503, json: { code: 'infer_unavailable' } })
    } finally {
      await stage.close()
    }
  })
})
