/** The thread that asks NVML: its calls are synchronous, two take 20 ms, and any may wait for a driver in trouble. */
import { parentPort, workerData } from 'node:worker_threads'
import { wallMs } from '../../shared/clock.js'
import { messageOf } from '../../shared/errors.js'
import { loadNvml, type Nvml, type NvmlDevice, NvmlError } from '../engine/native/nvml.js'
import type { GpuAddress, SamplerData, SamplerMessage, SamplerRequest } from './protocol.js'
import { type GpuIdentity, sampleGpu } from './sample.js'

const { gpu, periodMs, library } = workerData as SamplerData
const port = parentPort as NonNullable<typeof parentPort>

start()

function start(): void {
  let nvml: Nvml | null = null
  try {
    nvml = loadNvml(library)
    const device = deviceAt(nvml, gpu)
    run(nvml, device, identityOf(nvml, device))
  } catch (error) {
    if (!(error instanceof NvmlError)) throw error
    send({ kind: 'absent', reason: messageOf(error) })
    nvml?.close()
    port.close()
  }
}

function run(nvml: Nvml, device: NvmlDevice, identity: GpuIdentity): void {
  const sample = (): void => {
    try {
      send({ kind: 'sample', ...sampleGpu(device, identity, process.pid, wallMs()) })
    } catch (error) {
      if (!(error instanceof NvmlError)) throw error
      send({ kind: 'failed', reason: messageOf(error) })
    }
  }
  const timer = setInterval(sample, periodMs)
  port.once('message', (_: SamplerRequest) => {
    clearInterval(timer)
    nvml.close()
    port.close()
  })
  sample()
}

function deviceAt(nvml: Nvml, address: GpuAddress): NvmlDevice {
  return 'index' in address ? nvml.deviceAt(address.index) : nvml.deviceOf(address.pciBusId)
}

function identityOf(nvml: Nvml, device: NvmlDevice): GpuIdentity {
  return {
    name: device.name(),
    uuid: device.uuid(),
    pciBusId: device.pciBusId(),
    driver: nvml.driverVersion,
  }
}

function send(message: SamplerMessage): void {
  port.postMessage(message)
}
