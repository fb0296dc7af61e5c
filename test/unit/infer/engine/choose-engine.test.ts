/** Which engine is chosen for which settings and findings, and what is said of it. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseEngine, type ReadyLibraries } from '../../../../infer/engine/choose-engine.js'
import type { GpuLibraries } from '../../../../infer/engine/native/libraries.js'
import { hasNvidiaDevice } from '../../../../infer/engine/nvidia-devices.js'

const ready: ReadyLibraries = {
  ready: true,
  onnxruntimePath: '/data/gpu/libonnxruntime.so.1',
  providers: ['tensorrt', 'cuda'],
  cudaMajor: 13,
  driver: {
    state: 'usable',
    code: null,
    message: '',
    cudaVersion: 13000,
    devices: 2,
    version: '580.65.06',
    pciDevices: 2,
    inContainer: false,
  },
  cudnn: '9.13.0',
  preload: [],
  notes: [],
}
const noCudnn: GpuLibraries = {
  ready: false,
  findings: [
    { file: 'libcudnn.so.9', found: 'not found', wanted: 'cuDNN 9 for CUDA 13', remedy: 'pip install x' },
  ],
}
const mustNotLook = (): GpuLibraries => {
  throw new Error('looked')
}

describe('chooseEngine', () => {
  it('takes CUDA where all is there, on the GPU that was asked for', () => {
    for (const engine of ['auto', 'cuda'] as const) {
      const choice = chooseEngine({ engine, gpu: 1 }, () => ready)
      expect(choice).toMatchObject({ engine: 'cuda', deviceId: 'cuda-1', gpu: 1, libraries: ready })
      expect(choice.reason).toContain('580.65.06')
      expect(choice.reason).toContain('tensorrt, cuda')
    }
  })

  it('does not look for a GPU that nobody asked for', () => {
    expect(chooseEngine({ engine: 'onnxruntime', gpu: 0 }, mustNotLook)).toMatchObject({
      engine: 'onnxruntime',
      deviceId: 'cpu-0',
      findings: [],
    })
  })

  it('falls back to the CPU by itself, naming file, what was found and what is wanted', () => {
    const choice = chooseEngine({ engine: 'auto', gpu: 0 }, () => noCudnn)
    expect(choice).toMatchObject({ engine: 'onnxruntime', deviceId: 'cpu-0' })
    expect(choice.reason).toBe('CUDA cannot be used: libcudnn.so.9: not found; wanted: cuDNN 9 for CUDA 13')
  })

  it('does not fall back where CUDA was asked for, and gives the command that mends it', () => {
    expect(() => chooseEngine({ engine: 'cuda', gpu: 0 }, () => noCudnn)).toThrowError(
      expect.objectContaining({
        code: 'gpu_unavailable',
        key: 'infer.engine',
        message: expect.stringContaining('libcudnn.so.9: not found'),
        remedy: 'pip install x',
      }),
    )
  })

  it('does not take another GPU than the one that was asked for', () => {
    expect(() => chooseEngine({ engine: 'cuda', gpu: 2 }, () => ready)).toThrowError(
      expect.objectContaining({
        code: 'gpu_unavailable',
        message: expect.stringContaining('there are 2 GPUs'),
        remedy: 'Set infer.gpu to less than 2.',
      }),
    )
    expect(chooseEngine({ engine: 'auto', gpu: 2 }, () => ready)).toMatchObject({ deviceId: 'cpu-0' })
  })
})

describe('hasNvidiaDevice', () => {
  it('sees the nodes of GPUs, and not those of the driver alone', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-dev-'))
    for (const name of ['null', 'nvidiactl', 'nvidia-uvm']) fs.writeFileSync(path.join(folder, name), '')
    expect(hasNvidiaDevice(folder)).toBe(false)
    fs.writeFileSync(path.join(folder, 'nvidia3'), '')
    expect(hasNvidiaDevice(folder)).toBe(true)
    fs.rmSync(folder, { recursive: true })
  })
})
