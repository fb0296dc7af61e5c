/** From NVML to REST, in real processes: what the driver says is what a caller reads a moment later. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { DeviceList } from '../../shared/api/views.js'
import { compiler, FakeNvml, withoutCompiler } from '../tools/fake-nvml.js'
import { type Stages, startStages } from '../tools/stages.js'

describe.skipIf(!compiler)(`infer on a host whose NVML answers${withoutCompiler}`, () => {
  let nvml: FakeNvml
  let stages: Stages
  beforeAll(async () => {
    nvml = new FakeNvml()
    stages = await startStages({ LD_LIBRARY_PATH: nvml.dir, RINGSIDE_SLAB_MAX_STREAMS: '2' })
    await stages.ready()
  })
  afterAll(async () => {
    await stages?.close()
    nvml?.remove()
  })

  it('reports the GPU beside the CPU that it runs on, afresh each second', async () => {
    const sampled = async () =>
      (await stages.api<DeviceList>('GET', '/api/v1/gpus')).body.gpus[0]?.gpu ?? null
    await vi.waitFor(async () => expect(await sampled()).not.toBeNull(), { timeout: 10_000 })
    const first = await sampled()
    expect(first).toMatchObject({
      name: 'NVIDIA H200',
      decoderBusy: 0.42,
      processBytes: 5 * 2 ** 30,
      processes: [{ pid: stages.process('infer').pid, own: true }, { own: false }],
    })
    await vi.waitFor(async () => expect((await sampled())?.atMs).toBeGreaterThan(first?.atMs ?? 0), {
      timeout: 5000,
    })
    expect(stages.log('infer')).toContain('the GPU is sampled')
  })

  it('ends as quickly as without', async () => {
    const before = performance.now()
    await stages.kill('infer', 'SIGTERM')
    expect(stages.process('infer').exitCode).toBe(0)
    expect(performance.now() - before).toBeLessThan(5000)
  })
})
