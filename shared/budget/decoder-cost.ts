/** What decoding one stream takes: memory of the host or the GPU, and its share of what the decoders can do. Pure. */
import type { DeviceCapacity, StreamDemand } from './budget.js'
import type { Amounts } from './resources.js'

/** I420 and NV12. */
const BYTES_PER_PX = 1.5
/** Decoded frames that a decoder keeps: reference frames, those in flight, those of the filters. */
const FRAMES_KEPT = 24
/** A process of FFmpeg with nothing decoded; a stream of a process of node-av. */
const HOST_FIXED_BYTES = { ffmpeg: 32 * 2 ** 20, libav: 12 * 2 ** 20, nvdec: 24 * 2 ** 20 }
/** Contexts of CUDA and of the decoder, a stream's share of them. */
const NVDEC_FIXED_BYTES = 40 * 2 ** 20
/** Of one core, H.264 at 4 Mbit/s scaled to 640 px: 9.6 ms for 1080p (`docs/performance.md`). */
export const SOFTWARE_PIXELS_PER_CORE_SECOND = 216_000_000

export function decoderCost(
  demand: StreamDemand,
  capacity: DeviceCapacity,
): Pick<Amounts, 'deviceBytes' | 'hostBytes' | 'decodePpm' | 'computePpm'> {
  const { decoder, fps, widthPx, heightPx } = demand
  const onGpu = decoder === 'nvdec' && capacity.kind === 'gpu'
  const framesBytes = Math.ceil(FRAMES_KEPT * BYTES_PER_PX * widthPx * heightPx)
  return {
    deviceBytes: onGpu ? NVDEC_FIXED_BYTES + framesBytes : 0,
    hostBytes: HOST_FIXED_BYTES[decoder] + (onGpu ? 0 : framesBytes),
    decodePpm: decodeShare(demand, capacity),
    // What the cap leaves out is decoded, and never scaled.
    computePpm: onGpu ? shareOf(fps * widthPx * heightPx, capacity.scalePixelsPerSecond) : 0,
  }
}

/** Every frame that the camera sends is decoded, whatever the cap. */
function decodeShare({ decoder, fps, sourceFps, widthPx, heightPx }: StreamDemand, capacity: DeviceCapacity) {
  const pixelsPerSecond = Math.max(fps, sourceFps ?? 0) * widthPx * heightPx
  const onGpu = decoder === 'nvdec' && capacity.kind === 'gpu'
  const ofDecoders =
    capacity.kind === 'gpu' && !onGpu
      ? softwarePixelsPerSecond(capacity.cores)
      : capacity.decodePixelsPerSecond
  return shareOf(pixelsPerSecond, ofDecoders)
}

/** In millionths; 0 of what is not known. */
function shareOf(amount: number, whole: number | null): number {
  return whole === null ? 0 : Math.ceil((amount / whole) * 1_000_000)
}

/** What the cores of a host decode together. */
export function softwarePixelsPerSecond(cores: number): number {
  return cores * SOFTWARE_PIXELS_PER_CORE_SECOND
}
