/** NVDEC’s library, which comes with the driver and not always with a container. */
import { messageOf } from '../../../shared/errors.js'
import { koffi } from '../../../shared/native/ffi.js'
import type { GpuFinding } from './gpu-finding.js'
import { passGpu } from './gpu-remedies.js'

const NVCUVID = 'libnvcuvid.so.1'

/** Loads it into this process. @returns what keeps NVDEC from being used, null where nothing of it does. */
export function videoDecoderFinding(inContainer: boolean): GpuFinding | null {
  try {
    koffi.load(NVCUVID)
    return null
  } catch (error) {
    return {
      file: NVCUVID,
      found: messageOf(error),
      wanted: 'the driver’s video decoder, for NVDEC',
      remedy: inContainer
        ? `NVIDIA_DRIVER_CAPABILITIES must name video. ${passGpu}`
        : 'Install the library of the driver’s own version: sudo apt-get install libnvcuvid1 (Debian) or libnvidia-decode-<branch> (Ubuntu).',
    }
  }
}
