import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { variables } from '../../../config/environment.js'
import { loadConfig } from '../../../config/load.js'
import { RingsideError } from '../../../shared/errors.js'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-config-'))
afterAll(() => fs.rmSync(dir, { recursive: true }))

function load(yaml: string, environment: Record<string, string> = {}) {
  const file = path.join(dir, 'config.yml')
  fs.writeFileSync(file, yaml)
  return loadConfig({ RINGSIDE_CONFIG: file, HOME: dir, ...environment })
}

function refusal(yaml: string, environment: Record<string, string> = {}): RingsideError {
  try {
    load(yaml, environment)
  } catch (error) {
    if (error instanceof RingsideError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('settings', () => {
  it('have defaults, and are frozen', () => {
    const config = loadConfig({ XDG_DATA_HOME: '/data' })
    expect(config).toMatchObject({
      dataDir: '/data/ringside',
      server: { host: '127.0.0.1', port: 8080 },
      slab: { ringSlots: 4 },
    })
    expect(() => Object.assign(config.server, { port: 1 })).toThrow(TypeError)
    expect(() => config.server.allowedOrigins.push('x')).toThrow(TypeError)
  })

  it('come from the file, and the environment has the last word', () => {
    const yaml = 'server:\n  port: 9000\n  host: 0.0.0.0\ninfer:\n  buckets: [1, 8]\n'
    expect(load(yaml, { RINGSIDE_PORT: '9001' })).toMatchObject({
      server: { port: 9001, host: '0.0.0.0' },
      infer: { buckets: [1, 8] },
    })
  })

  it('may lie two deep: what is not given has its default there too', () => {
    const { model } = load('model:\n  cuda:\n    nhwc: false\n', { RINGSIDE_MODEL_CUDA_MEMORY_BYTES: '1000' })
    expect(model).toMatchObject({ precision: 'auto', cuda: { nhwc: false, memoryBytes: 1000, graphs: true } })
    expect(load('').model.cuda).toMatchObject({ memoryBytes: 'auto', provider: 'auto', tf32: false })
    expect(() => Object.assign(model.cuda, { tf32: true })).toThrow(TypeError)
    expect(refusal('model:\n  cuda:\n    tf23: true')).toMatchObject({
      key: 'model.cuda.tf23',
      remedy: expect.stringContaining('model.cuda.tf32'),
    })
    expect(refusal('model:\n  cuda:\n    provider: rocm')).toMatchObject({ key: 'model.cuda.provider' })
  })

  it('can all be given as variables', () => {
    const config = load('', {
      RINGSIDE_SLAB_MAX_STREAMS: '32',
      RINGSIDE_INFER_BUCKETS: '[1, 4]',
      RINGSIDE_INFER_THREADS: 'auto',
      RINGSIDE_INGEST_ALLOW_FILE_SOURCES: 'true',
      RINGSIDE_TOKEN: '12345',
      REDIS_URL: 'unix:///run/redis.sock',
    })
    expect(config).toMatchObject({
      slab: { maxStreams: 32 },
      infer: { buckets: [1, 4], threads: 'auto' },
      ingest: { allowFileSources: true },
      server: { token: '12345' },
      redis: { url: 'unix:///run/redis.sock' },
    })
    expect(variables.get('RINGSIDE_INGEST_STALL_TIMEOUT_MS')).toBe('ingest.stallTimeoutMs')
  })
})

describe('a mistake', () => {
  it('in a name is refused with the nearest name that exists', () => {
    expect(refusal('server:\n  prot: 1')).toMatchObject({
      key: 'server.prot',
      remedy: expect.stringContaining('server.port'),
    })
    expect(refusal('sever: {}')).toMatchObject({ key: 'sever' })
    expect(refusal('', { RINGSIDE_PROT: '1' })).toMatchObject({
      key: 'RINGSIDE_PROT',
      remedy: expect.stringContaining('RINGSIDE_PORT'),
    })
  })

  it('in a value is refused with key, value and meaning', () => {
    expect(refusal('server:\n  port: 70000')).toMatchObject({
      code: 'invalid_config',
      key: 'server.port',
      value: '70000',
    })
    expect(refusal('slab:\n  ringSlots: many')).toMatchObject({ key: 'slab.ringSlots', value: '"many"' })
    expect(refusal('', { RINGSIDE_INFER_BATCH_WINDOW_MS: 'soon' })).toMatchObject({
      key: expect.stringMatching(/^infer\.batchWindowMs/),
    })
  })

  it('in the file itself names the file', () => {
    expect(refusal('server: [')).toMatchObject({ key: 'RINGSIDE_CONFIG' })
    expect(refusal('- a\n- b')).toMatchObject({ key: 'RINGSIDE_CONFIG' })
    expect(() => loadConfig({ RINGSIDE_CONFIG: '/no/such.yml' })).toThrowError(
      expect.objectContaining({ key: 'RINGSIDE_CONFIG' }),
    )
  })

  it('never shows a token', () => {
    const error = refusal('server:\n  token: [canary]')
    expect(JSON.stringify(error) + error.message).not.toContain('canary')
  })

  it('is not a way to pollute objects or to blow up memory', () => {
    expect(refusal('__proto__:\n  polluted: 1').code).toBe('invalid_config')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]`
    expect(refusal(bomb).code).toBe('invalid_config')
  })
})
