/** I420 frames for tests: painted ones, frames of a clip, and the plain conversion of a frame to a detector's float input. */
import { execFileSync } from 'node:child_process'
import { type PixelFormat, rgbFromYuv, yuvOffset } from '../../infer/model/passes/i420-input.js'

export interface FrameSize {
  widthPx: number
  heightPx: number
}

export const frameBytes = ({ widthPx, heightPx }: FrameSize): number => (widthPx * heightPx * 3) / 2

/** A picture with soft gradients, hard edges and out-of-gamut colours; another for each seed. */
export function paintFrame({ widthPx, heightPx }: FrameSize, seed: number): Uint8Array {
  const frame = new Uint8Array(frameBytes({ widthPx, heightPx }))
  const plane = (start: number, width: number, height: number, phase: number) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const wave = Math.sin((x * (seed + 2)) / 37 + phase) + Math.cos((y * (seed + 3)) / 29)
        const block = ((x >> 5) + (y >> 5) * 3 + seed) % 4 === 0 ? 60 : 0
        frame[start + y * width + x] = Math.max(0, Math.min(255, 128 + wave * 62 + block))
      }
    }
  }
  const pixels = widthPx * heightPx
  plane(0, widthPx, heightPx, 0)
  plane(pixels, widthPx / 2, heightPx / 2, 1)
  plane((pixels * 5) / 4, widthPx / 2, heightPx / 2, 2)
  return frame
}

/** The first frame of a file at `atS` seconds, through the given FFmpeg filters. */
export function frameOf(file: string, filters: string, atS = 0): Uint8Array {
  const seek = atS > 0 ? ['-ss', String(atS)] : []
  const output = ['-frames:v', '1', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', '-']
  const args = ['-v', 'error', '-nostdin', ...seek, '-i', file, '-vf', filters, ...output]
  return new Uint8Array(execFileSync('ffmpeg', args, { maxBuffer: 2 ** 27 }))
}

/** [3, H, W] float: what the family wants to see, sample by sample. */
export function floatInputOf(
  frame: Uint8Array,
  { widthPx, heightPx }: FrameSize,
  format: PixelFormat,
): Float32Array {
  const pixels = widthPx * heightPx
  const rows = format.channels === 'rgb' ? rgbFromYuv : [...rgbFromYuv].reverse()
  const input = new Float32Array(3 * pixels)
  for (let i = 0; i < pixels; i++) {
    const [x, y] = [i % widthPx, Math.floor(i / widthPx)]
    const chroma = (y >> 1) * (widthPx / 2) + (x >> 1)
    const yuv = [frame[i]!, frame[pixels + chroma]!, frame[(pixels * 5) / 4 + chroma]!]
    rows.forEach((row, channel) => {
      const colour = row.reduce((sum, weight, plane) => sum + weight * (yuv[plane]! - yuvOffset[plane]!), 0)
      input[channel * pixels + i] =
        (Math.min(255, Math.max(0, colour)) * format.scale - format.mean[channel]!) / format.std[channel]!
    })
  }
  return input
}
