/** The thread on a host whose GPU cannot be used: what a person with a missing library meets. */
import { afterAll, describe, expect, it } from 'vitest'
import { CudaEngine } from '../../../../../infer/engine/cuda/engine.js'
import { GpuThread } from '../../../../../infer/engine/cuda/gpu-thread.js'
import type { CudaOptions } from '../../../../../infer/engine/cuda/options.js'
import type { PreparedModel } from '../../../../../infer/model/prepared-model.js'

const options: CudaOptions = {
  memoryBytes: 'auto',
  provider: 'cuda',
  graphs: true,
  nhwc: true,
  fuseConvBias: true,
  tf32: false,
  cudnnSearch: 'exhaustive',
  cudnnMaxWorkspace: true,
  tensorrtWorkspaceBytes: 'auto',
}
const model = { name: 'any', widthPx: 64, heightPx: 64 } as PreparedModel
const settings = { buckets: [1], threads: 1 }

describe('a GPU that cannot be used', () => {
  const thread = new GpuThread({
    ordinal: 0,
    ortLibrary: '/no/such/libonnxruntime.so.1',
    found: { cuda: null, tensorrt: 'not there' },
    cacheDir: '/tmp',
  })
  afterAll(() => thread.close())

  it('fails each load with what is missing, and takes the next one', async () => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const engine = new CudaEngine(thread, options)
      await expect(engine.load(model, '/dev/shm/none', settings)).rejects.toMatchObject({
        code: 'engine_failed',
        message: expect.stringMatching(/NVIDIA driver cannot be used|\/no\/such\/libonnxruntime/),
        remedy: expect.stringMatching(/`ringside doctor` says/),
      })
      await expect(engine.run({ bucket: 1, slots: [0] }, () => undefined)).rejects.toMatchObject({
        code: 'engine_failed',
      })
      expect(engine.stats()).toBeNull()
      await engine.close()
      await engine.close()
    }
  })

  it('is not asked where its provider is known to be missing', async () => {
    const engine = new CudaEngine(thread, { ...options, provider: 'tensorrt' })
    await expect(engine.load(model, '/dev/shm/none', settings)).rejects.toMatchObject({
      code: 'gpu_unavailable',
    })
    await engine.close()
  })

  it('takes no model once its thread is closed', async () => {
    const closed = new GpuThread(thread.settings)
    await closed.close()
    await closed.close()
    const engine = new CudaEngine(closed, options)
    await expect(engine.load(model, '/dev/shm/none', settings)).rejects.toMatchObject({
      code: 'engine_failed',
      message: 'The thread of the GPU is closed.',
    })
    await engine.close()
  })
})
