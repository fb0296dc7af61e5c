/** What the CUDA engine and the hardware decoder find on this machine. It starts the driver, which may crash or hang. */
import type { Config } from '../../config/schema.js'
import { type DriverFacts, hasGpu, lookAtDriver } from '../../infer/engine/native/driver.js'
import type { GpuFinding } from '../../infer/engine/native/gpu-finding.js'
import { findGpuLibraries, type GpuLibraries, gpuPlacesOf } from '../../infer/engine/native/libraries.js'
import { videoDecoderFinding } from '../../infer/engine/native/video-decoder.js'

/** Plain JSON: it crosses from one process to another. */
export interface GpuView {
  hasGpu: boolean
  driver: DriverFacts
  libraries: GpuLibraries
  /** null where NVDEC’s library loads. */
  decoder: GpuFinding | null
}

export function lookAtGpu(config: Config): GpuView {
  const driver = lookAtDriver()
  return {
    hasGpu: hasGpu(driver),
    driver,
    libraries: findGpuLibraries(gpuPlacesOf(config), driver),
    decoder: videoDecoderFinding(driver.inContainer),
  }
}
