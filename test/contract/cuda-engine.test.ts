/** The `cuda` engine on the GPU of this host, found as the service finds it; skipped, with what is missing, where there is none. */
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, it } from 'vitest'
import { loadConfig } from '../../config/load.js'
import { chooseEngine, type EngineChoice } from '../../infer/engine/choose-engine.js'
import { CudaEngine } from '../../infer/engine/cuda/engine.js'
import { GpuThread } from '../../infer/engine/cuda/gpu-thread.js'
import { findGpuLibraries, gpuPlacesOf } from '../../infer/engine/native/libraries.js'
import { preload } from '../../infer/engine/native/preload.js'
import { engineContract } from './engine.js'

const config = loadConfig()
const choice = chooseEngine({ engine: 'auto', gpu: config.infer.gpu }, () =>
  findGpuLibraries(gpuPlacesOf(config)),
)

if (choice.engine === 'cuda') onGpu(choice)
else {
  describe('engine contract: cuda', () => {
    it.skip(`holds (skipped: ${choice.reason})`, () => undefined)
  })
}

function onGpu({ gpu, libraries }: Extract<EngineChoice, { engine: 'cuda' }>): void {
  preload(libraries.preload)
  const thread = new GpuThread({
    ordinal: gpu,
    ortLibrary: libraries.onnxruntimePath,
    found: {
      cuda: null,
      tensorrt: libraries.providers.includes('tensorrt') ? null : 'its libraries are not there',
    },
    cacheDir: path.join(os.tmpdir(), 'ringside-test-models'),
  })
  engineContract('cuda', () => new CudaEngine(thread, { ...config.model.cuda, provider: 'cuda' }))
  afterAll(() => thread.close())
}
