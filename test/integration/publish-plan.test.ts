/** Plans over REST and on the command line, and the error of the predictions in both and in the metrics, over a real Redis. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Capacities } from '../../shared/redis/capacities.js'
import { Profiles } from '../../shared/redis/profiles.js'
import { bucketProfile, gpu, profileOf } from '../tools/budget-arbitraries.js'
import { capacityReport, modelProfile } from '../tools/budget-reports.js'
import { hostedModel } from '../tools/model-reports.js'
import { type PublishStage, startPublishStage, TOKEN } from '../tools/publish-stage.js'
import { MODEL, processReport } from '../tools/stage-reports.js'
import { runRingside } from '../tools/up-process.js'

let stage: PublishStage

beforeAll(async () => {
  stage = await startPublishStage()
  const { redis, keys } = stage.peer
  const profiles = new Profiles(redis, keys)
  await new Capacities(redis, keys).write(capacityReport())
  await profiles.write(modelProfile(MODEL, 10))
  await profiles.write(profileOf('yolov8s', [bucketProfile(8, 16, 2 ** 30)], { device: gpu }))
})
afterAll(() => stage.close())

const plan = (body: unknown) => stage.call('POST', '/api/v1/plan', body)
const ringside = (...more: string[]) =>
  runRingside(['plan', '--url', stage.url, '--token', TOKEN, '--fps', '10', ...more])

describe('POST /api/v1/plan', () => {
  it('says how many fit, what binds, what would next: 10 frames of 10 ms are a tenth of the engine', async () => {
    const { status, json } = await plan({ streams: 8, fps: 10, resolution: '720p' })
    expect(status).toBe(200)
    expect(json.plans).toHaveLength(1)
    expect(json.plans[0]).toMatchObject({
      device: 'cpu-0',
      model: MODEL,
      basis: 'measured',
      streams: 8,
      fits: false,
      mostStreams: 7,
      binding: 'computePpm',
      next: { binding: 'ringSlots', streams: 32 },
      assumed: ['decoder'],
    })
    expect(json.plans[0].perStream).toMatchObject({ computePpm: 100_000, ringSlots: 4, streams: 1 })
    expect(json.plans[0].working).toMatchObject({ msPerFrame: 10, meetsTarget: true })
  })

  it('asks only how many fit where no number is given', async () => {
    const { json } = await plan({ fps: 10 })
    expect(json.plans[0]).toMatchObject({ streams: 7, fits: true, assumed: ['size', 'decoder'] })
  })

  it('plans for another GPU by its stored profile, and says plainly where there is none', async () => {
    const { json } = await plan({ fps: 10, gpu: 'h200', model: 'yolov8s' })
    expect(json.plans[0]).toMatchObject({ device: 'cuda-0', deviceName: 'NVIDIA H200', basis: 'measured' })
    // 2 ms a frame: 35 streams of 10 fps in 0.7 of its time, and rings for 32.
    expect(json.plans[0]).toMatchObject({ mostStreams: 32, next: { binding: 'computePpm', streams: 35 } })
    const none = await plan({ fps: 10, gpu: 'RTX 4090' })
    expect(none.status).toBe(409)
    expect(none.json).toMatchObject({ code: 'not_profiled', key: 'gpu', value: 'RTX 4090' })
    expect(none.json.remedy).toContain('cuda-0 (NVIDIA H200)')
  })

  it('takes a latency target instead of that of the budget', async () => {
    const { json } = await plan({ fps: 10, latencyTargetMs: 1 })
    expect(json.plans[0].working.meetsTarget).toBe(false)
    expect(json.plans[0].notes[0]).toContain('meets 1 ms')
  })

  it('refuses what it does not know, by name', async () => {
    expect((await plan({ fps: 10, model: 'nowhere' })).json).toMatchObject({
      code: 'unknown_model',
      value: 'nowhere',
    })
    expect((await plan({ fps: 10, resolution: 'huge' })).json).toMatchObject({
      code: 'invalid_request',
      key: 'resolution',
    })
    expect((await plan({ fps: 0 })).status).toBe(400)
    expect((await plan({ fps: 10, speed: 1 })).json.code).toBe('unknown_field')
  })
})

describe('ringside plan', () => {
  it('prints an answer, and ends with 0 where it fits and 6 where not', async () => {
    const fits = await ringside('--streams', '5', '--resolution', '720p')
    expect(fits.code).toBe(0)
    expect(fits.stdout).toContain(`carries 7 such streams of ${MODEL}: 5 fit.`)
    expect(fits.stdout).toMatch(/time of the engine +50 % +70 % +71 % +7/)
    const not = await ringside('--streams', '40')
    expect(not.code).toBe(6)
    expect(not.stdout).toContain('40 do not fit')
    const json = await ringside('--json')
    expect(json.code).toBe(0)
    expect(JSON.parse(json.stdout).plans[0].mostStreams).toBe(7)
  })

  it('says what was wrong with what was asked', async () => {
    const { code, stderr } = await ringside('--gpu', 'RTX 4090')
    expect(code).not.toBe(0)
    expect(stderr).toContain('No device and no stored profile is of RTX 4090.')
  })
})

describe('the error of a prediction', () => {
  it('is in the plan and in the metrics: ten batches of four at 40 ms against 500 ms measured', async () => {
    const report = processReport('infer')
    const models = [hostedModel(MODEL)]
    await stage.reports.writeProcess({
      ...report,
      detail: { ...report.detail, deviceId: 'cpu-0', models } as never,
    })
    const { json } = await plan({ fps: 10 })
    expect(json.plans[0].error.engineMs).toEqual({ predicted: 400, measured: 500, error: -0.2 })
    const { predicted, measured } = json.plans[0].error.memoryBytes
    expect(measured).toBe(models[0]?.tookBytes)
    const text = (await stage.call('GET', '/metrics')).text
    const labels = `device="cpu-0",model="${MODEL}",process="${report.instance}"`
    expect(text).toContain(`ringside_prediction_engine_error_ratio{${labels}} -0.2`)
    expect(text).toContain(`ringside_prediction_engine_measured_seconds_total{${labels}} 0.5`)
    expect(text).toContain(`ringside_prediction_memory_predicted_bytes{${labels}} ${predicted}`)
  })
})
