/** GPUs in REST, in the metrics and on the command line, over a real Redis: with every figure, with few, with none. */
import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InferDetail, ProcessReport } from '../../shared/process/report.js'
import { cudaEngine, gpuReport } from '../tools/gpu-reports.js'
import { hostedModel } from '../tools/model-reports.js'
import { type PublishStage, startPublishStage, TOKEN } from '../tools/publish-stage.js'
import { processReport } from '../tools/stage-reports.js'
import { runRingside } from '../tools/up-process.js'

const own = 'device="cuda-0",process="infer-of-the-test"'
const ofModel = 'device="cuda-0",model="yolox-nano",process="infer-of-the-test"'
const gpu = gpuReport()
const engine = cudaEngine({ refusedBuckets: [{ bucket: 64, reason: 'needs 1.6 GiB, and 1.2 GiB are free' }] })
let stage: PublishStage
let told: Partial<InferDetail> = {}
let beating: NodeJS.Timeout

beforeAll(async () => {
  stage = await startPublishStage()
  beating = setInterval(() => void beat(), 500) // a report that grows old is of a process that is gone
})
afterAll(async () => {
  clearInterval(beating)
  await stage.close()
})

function tell(detail: Partial<InferDetail>): Promise<void> {
  told = detail
  return beat()
}
async function beat(): Promise<void> {
  const report: ProcessReport = processReport('infer')
  await stage.reports.writeProcess({ ...report, detail: { ...report.detail, ...told } as InferDetail })
}
async function metrics(): Promise<string[]> {
  return (await stage.call('GET', '/metrics')).text.split('\n')
}
const gpuLs = (...more: string[]) => runRingside(['gpu', 'ls', '--url', stage.url, '--token', TOKEN, ...more])

describe('a GPU with every figure', () => {
  beforeAll(() =>
    tell({ deviceId: 'cuda-0', device: gpu.name, gpu, models: [hostedModel('yolox-nano', { engine })] }),
  )

  it('is listed as it was reported, with the engine of each model', async () => {
    const { gpus } = (await stage.call('GET', '/api/v1/gpus')).json
    expect(gpus).toHaveLength(1)
    expect(gpus[0].gpu).toEqual(gpu)
    expect(gpus[0].models[0].engine).toEqual(engine)
    const { processes } = (await stage.call('GET', '/api/v1/processes')).json
    expect(processes[0].detail.gpu).toEqual(gpu)
  })

  it('has its figures in the metrics, in base units', async () => {
    expect(await metrics()).toEqual(
      expect.arrayContaining([
        `ringside_gpu_info{${own},name="NVIDIA H200",uuid="${gpu.uuid}",driver="580.95.05"} 1`,
        `ringside_gpu_memory_total_bytes{${own}} ${140 * 2 ** 30}`,
        `ringside_gpu_memory_used_bytes{${own}} ${35 * 2 ** 30}`,
        `ringside_gpu_memory_free_bytes{${own}} ${105 * 2 ** 30}`,
        `ringside_gpu_process_memory_bytes{${own}} ${5 * 2 ** 30}`,
        `ringside_gpu_sm_busy_ratio{${own}} 0.87`,
        `ringside_gpu_memory_busy_ratio{${own}} 0.31`,
        `ringside_gpu_decoder_busy_ratio{${own}} 0.42`,
        `ringside_gpu_encoder_busy_ratio{${own}} 0`,
        `ringside_gpu_pcie_receive_bytes_per_second{${own}} ${12.5 * 2 ** 30}`,
        `ringside_gpu_pcie_transmit_bytes_per_second{${own}} ${2 ** 20}`,
        `ringside_gpu_power_watts{${own}} 412.3`,
        `ringside_gpu_power_limit_watts{${own}} 700`,
        `ringside_gpu_temperature_celsius{${own}} 61`,
        `ringside_gpu_clock_hertz{${own},domain="sm"} 1980000000`,
        `ringside_gpu_clock_hertz{${own},domain="video"} 1545000000`,
        `ringside_gpu_throttled{${own},reason="power_cap"} 1`,
        `ringside_gpu_throttled{${own},reason="hardware_thermal"} 0`,
        `ringside_engine_info{${ofModel},provider="cuda"} 1`,
        `ringside_engine_load_bytes{${ofModel}} ${1300 * 2 ** 20}`,
        `ringside_engine_refused_buckets{${ofModel}} 1`,
        `ringside_engine_arena_in_use_bytes{${ofModel}} ${472 * 2 ** 20}`,
        `ringside_engine_arena_reserved_bytes{${ofModel}} ${836 * 2 ** 20}`,
        `ringside_engine_arena_limit_bytes{${ofModel}} ${2 ** 32}`,
        `ringside_engine_allocations_after_warm_up_total{${ofModel}} 0`,
        `ringside_engine_out_of_memory_total{${ofModel}} 0`,
      ]),
    )
  })

  it('is on the command line too, for people and as JSON', async () => {
    const { stdout, code } = await gpuLs()
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ID +DEVICE +PROVIDER .*\ncuda-0 +NVIDIA H200 +cuda +50 % +1 /)
    expect(stdout).toMatch(/^ {2}memory +35840 MiB of 143360 MiB$/m)
    expect(stdout).toMatch(/^ {2}power +412 W of 700 W$/m)
    expect(stdout).toMatch(/^ {2}held back by +power_cap$/m)
    expect(JSON.parse((await gpuLs('--json')).stdout).gpus[0].gpu).toEqual(gpu)
  })
})

describe('a GPU that tells little', () => {
  it('has null for what it does not tell, and no series', async () => {
    const little = gpuReport({
      decoderBusy: null,
      powerWatts: null,
      processes: null,
      processBytes: null,
      smClockMhz: null,
      throttleReasons: null,
    })
    await tell({ deviceId: 'cuda-0', gpu: little, models: [hostedModel('yolox-nano', { engine: null })] })
    const [device] = (await stage.call('GET', '/api/v1/gpus')).json.gpus
    expect(device.gpu).toEqual(little)
    expect(device.models[0].engine).toBeNull()
    const lines = (await metrics()).filter(line => /^ringside_(gpu|engine)_/.test(line))
    expect(
      lines.filter(line => /decoder|power_watts|process_memory|throttled|domain="sm"|engine/.test(line)),
    ).toEqual([])
    expect(lines).toContain(`ringside_gpu_power_limit_watts{${own}} 700`)
    expect((await gpuLs()).stdout).toMatch(/^ {2}decoders +–$/m)
  })
})

describe('a host without a GPU', () => {
  it('lists its CPU, with null for the GPU and no series of one', async () => {
    await tell({})
    const [device] = (await stage.call('GET', '/api/v1/gpus')).json.gpus
    expect(device).toMatchObject({ id: 'cpu-0', gpu: null })
    expect(device.models[0].engine).toEqual({
      provider: 'cpu',
      maxInFlight: 1,
      deviceBytes: 0,
      refusedBuckets: [],
      arena: null,
    })
    const lines = await metrics()
    expect(lines.filter(line => line.startsWith('ringside_gpu_'))).toEqual([])
    expect(lines.filter(line => line.startsWith('ringside_engine_arena_'))).toEqual([])
    const { stdout } = await gpuLs()
    expect(stdout).toMatch(/\ncpu-0 +cpu +cpu /)
    expect(stdout).not.toContain('GPU of')
  })
})

describe('the documentation', () => {
  it('lists every metric, and no other', async () => {
    const page = fs.readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
    const documented = [...page.matchAll(/^\| `(ringside_\w+)` \|/gm)].map(([, name]) => name)
    const scraped = (await metrics()).flatMap(line => /^# TYPE (ringside_\w+) /.exec(line)?.[1] ?? [])
    expect(documented.toSorted()).toEqual(scraped.toSorted())
  })
})
