/** The GPU of this host for programs that measure: found as the service finds it, opened once, or a plain end with exit code 3. */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { loadConfig } from '../../../config/load.js'
import { CudaEngine } from '../../../infer/engine/cuda/engine.js'
import { GpuThread, type GpuThreadSettings } from '../../../infer/engine/cuda/gpu-thread.js'
import type { CudaOptions } from '../../../infer/engine/cuda/options.js'
import { type CudaDevice, type CudaDriver, loadCudaDriver } from '../../../infer/engine/native/cuda.js'
import { describeFinding } from '../../../infer/engine/native/gpu-finding.js'
import { findGpuLibraries, type GpuLibraries } from '../../../infer/engine/native/libraries.js'
import { preload } from '../../../infer/engine/native/preload.js'
import { messageOf } from '../../../shared/errors.js'
import { EXIT } from './outcome.js'

/** Of the project, whatever this shell's variables say. */
const config = loadConfig({})

/** The settings' own defaults. */
export const cudaDefaults: CudaOptions = config.model.cuda

export interface GpuHost {
  /** In the main thread, beside the engines' own thread; both are in the device's one context. */
  device: CudaDevice
  /** e.g. `NVIDIA H200, compute capability 9.0, driver CUDA 13.0`. */
  description: string
  createEngine(options?: Partial<CudaOptions>): CudaEngine
  close(): Promise<void>
}

function driverOrEnd(): CudaDriver {
  try {
    const driver = loadCudaDriver()
    if (driver.deviceCount() > 0) return driver
    console.log('no GPU: the driver shows none')
  } catch (error) {
    console.log(`no GPU: ${messageOf(error)}`)
  }
  process.exit(EXIT.noGpu)
}

/** Ends the program with exit code 3, and says so, where there is no GPU. */
export function openGpu(ordinal = 0): GpuHost {
  const driver = driverOrEnd()
  const device = driver.open(ordinal)
  const cuda = `${Math.floor(driver.version / 1000)}.${(driver.version % 1000) / 10}`
  const thread = new GpuThread({
    ordinal,
    ...librariesHere(),
    cacheDir: path.join(os.tmpdir(), 'ringside-gpu-cache'),
  })
  return {
    device,
    description: `${device.name}, compute capability ${device.computeCapability}, driver for CUDA ${cuda}`,
    createEngine: options => new CudaEngine(thread, { ...cudaDefaults, ...options }),
    async close() {
      await thread.close()
      device.close()
    },
  }
}

/** Settings given on the command line: `nhwc=false`, `memoryBytes=300000000`, `cudnnSearch=heuristic`. */
export function cudaOptionsOf(pairs: readonly string[]): Partial<CudaOptions> {
  return Object.fromEntries(
    pairs.map(pair => {
      const [key = '', text = ''] = pair.split('=')
      if (!(key in cudaDefaults)) throw new Error(`There is no model.cuda.${key}.`)
      return [key, /^(true|false|\d+)$/.test(text) ? JSON.parse(text) : text]
    }),
  )
}

/** As the service looks for them, with what was put beside onnxruntime-node where there is something. */
export function lookForLibraries(): GpuLibraries {
  return findGpuLibraries({
    dataDir: config.dataDir,
    providerDir: besideOnnxruntimeNode(),
    libraryPath: '',
    env: process.env,
  })
}

/** Where the service's search finds fault, that is printed, and what lies beside onnxruntime-node is tried all the same. */
function librariesHere(): Pick<GpuThreadSettings, 'ortLibrary' | 'found'> {
  const libraries = lookForLibraries()
  if (libraries.ready) {
    preload(libraries.preload)
    const tensorrt = libraries.providers.includes('tensorrt') ? null : 'its libraries are not there'
    return { ortLibrary: libraries.onnxruntimePath, found: { cuda: null, tensorrt } }
  }
  console.error(`The service would not use this GPU: ${libraries.findings.map(describeFinding).join('; ')}`)
  const ortLibrary = path.join(besideOnnxruntimeNode(), 'libonnxruntime.so.1')
  return { ortLibrary, found: { cuda: null, tensorrt: 'not looked for' } }
}

/** Folder of the CUDA provider where it was put beside onnxruntime-node; else empty. */
export function besideOnnxruntimeNode(): string {
  const root = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const folder = path.join(root, 'bin/napi-v6/linux/x64')
  return fs.existsSync(path.join(folder, 'libonnxruntime_providers_cuda.so')) ? folder : ''
}
