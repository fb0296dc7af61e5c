/** `node dist/test/bench/gpu/look.js`: the GPU, its driver and libraries, as the service would find and use them. */
import fs from 'node:fs'
import { describeFinding } from '../../../infer/engine/native/gpu-finding.js'
import { loadOrt } from '../../../infer/engine/native/ort.js'
import { lookForLibraries, openGpu } from './gpu-host.js'
import { check, end, judged, mib, writeJson } from './outcome.js'

const gpu = openGpu()

await end(async () => {
  const { freeBytes, totalBytes } = gpu.device.memory()
  console.log(`${gpu.description}; ${mib(freeBytes)} of ${mib(totalBytes)} MiB free`)
  const libraries = lookForLibraries()
  writeJson('look', { gpu: gpu.description, libraries })
  if (!libraries.ready) {
    return judged([
      check('the service would use it', false, libraries.findings.map(describeFinding).join('; ')),
    ])
  }
  const { onnxruntimePath, providers, cudaMajor, cudnn, preload } = libraries
  console.log(`CUDA ${cudaMajor}, cuDNN ${cudnn}, providers ${providers.join(', ')}\n${preload.join('\n')}`)
  const ort = loadOrt(onnxruntimePath)
  const shm = fs.statfsSync('/dev/shm')
  return judged([
    check('the service would use it', true, onnxruntimePath),
    check(
      'ONNX Runtime loads',
      ort.availableProviders().includes('CUDAExecutionProvider'),
      `${ort.version}: ${ort.availableProviders().join(', ')}`,
    ),
    check(
      'room for slabs',
      shm.bavail * shm.bsize > 2 ** 28,
      `${mib(shm.bavail * shm.bsize)} MiB free in /dev/shm`,
    ),
  ])
})
