/** What a load is told of the memory that models may hold: the device's budget of that moment, or the engine's own settings. */
import { expect, it } from 'vitest'
import { loadConfig } from '../../../../../config/load.js'
import { CudaEngine } from '../../../../../infer/engine/cuda/engine.js'
import type { GpuThread } from '../../../../../infer/engine/cuda/gpu-thread.js'
import type { GpuRequest } from '../../../../../infer/engine/cuda/protocol.js'
import type { PreparedModel } from '../../../../../infer/model/prepared-model.js'

const { cuda } = loadConfig({ PATH: process.env.PATH, RINGSIDE_DATA_DIR: '/tmp/none' }).model

/** Of a GPU that is not here: keeps what it was asked. */
function told(deviceBytes?: number): unknown {
  const requests: GpuRequest[] = []
  const thread = {
    settings: { found: { cuda: null, tensorrt: 'not there' }, cacheDir: '/tmp' },
    join: () => 1,
    send: (request: GpuRequest) => void requests.push(request),
    leave: () => undefined,
  } as unknown as GpuThread
  const settings = { buckets: [1], threads: 1, ...(deviceBytes !== undefined && { deviceBytes }) }
  void new CudaEngine(thread, cuda).load({ name: 'any' } as PreparedModel, '/dev/shm/none', settings)
  const [load] = requests
  return load?.kind === 'load' && load.options.memoryBytes
}

it('is the budget of the moment, so that the next session follows it', () => {
  expect(told(5_000_000)).toBe(5_000_000)
  expect(told(2_000_000)).toBe(2_000_000)
})

it('is as the settings say where nobody gives one', () => {
  expect(told()).toBe('auto')
})
