/** What a GPU is, by the driver: asked without making a context on it, which would take its memory. */
import { CudaCalls } from './cuda-calls.js'

export interface GpuFacts {
  name: string
  totalBytes: number
  /** What CUDA and NVML both know it by; their numbers need not agree. */
  pciBusId: string
}

const TEXT_BYTES = 256

/** @param ordinal as CUDA counts. @throws CudaError where there is no such device. */
export function gpuFacts(ordinal: number): GpuFacts {
  const calls = new CudaCalls()
  calls.do('cuInit', 0)
  const device = calls.take('cuDeviceGet', ordinal)
  const text = (name: 'cuDeviceGetName' | 'cuDeviceGetPCIBusId'): string => {
    const bytes = Buffer.alloc(TEXT_BYTES)
    calls.do(name, bytes, bytes.length, device)
    return bytes.toString('utf8', 0, bytes.indexOf(0))
  }
  return {
    name: text('cuDeviceGetName'),
    totalBytes: calls.take('cuDeviceTotalMem', device),
    pciBusId: text('cuDeviceGetPCIBusId'),
  }
}
