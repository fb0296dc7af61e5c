/** What becomes of a frame outside the pipeline: verified and pictured while leased; interpreted, counted and published once inferred. */
import { crc32 } from 'node:zlib'
import { monotonicMs } from '../shared/clock.js'
import type { Detection } from '../shared/detection/message.js'
import type { Log } from '../shared/log.js'
import type { LeasedFrame, SlabReader } from '../shared/slab/lease.js'
import type { EncodeJpeg, PictureTap } from './picture-tap.js'
import type { FrameSink, InferredFrame } from './pipeline.js'
import type { DetectionPublisher } from './publisher.js'
import type { StreamReporter } from './reporter.js'

export interface FrameSinkParts {
  reader: SlabReader
  pictures: PictureTap
  encode: EncodeJpeg
  publisher: DetectionPublisher
  reporter: StreamReporter
  /** Candidates of one frame → detections in source pixels. @throws where they are impossible. */
  interpret(result: InferredFrame): Detection[]
  /** Verify the CRC-32 that ingest wrote. */
  checksum: boolean
  log: Log
}

export function createFrameSink(parts: FrameSinkParts): FrameSink {
  const { reader, pictures, encode, publisher, reporter, interpret, checksum, log } = parts
  return {
    leased(frame): boolean {
      const pixels = reader.pixels(frame)
      if (checksum && !isWhole(frame, pixels)) {
        log.error(
          { stream: frame.stream, seq: frame.seq, slot: frame.slot },
          'a torn frame: its checksum differs',
        )
        return false
      }
      pictures.offer(frame, pixels, encode)
      return true
    },
    inferred(result) {
      const detections = interpret(result)
      const stats = reporter.statsOf(result.frame.stream)
      if (!stats.rises(result.frame.sessionEpoch, result.frame.seq)) return 'stale_ref'
      const lagMs = publisher.publish(result, detections)
      stats.add(monotonicMs(), lagMs, detections.length)
      return 'inferred'
    },
  }
}

function isWhole(frame: LeasedFrame, pixels: Uint8Array): boolean {
  return (crc32(pixels) | 0) === frame.checksum
}
