/** Serialises the result of a frame, once, and hands it to Redis. Publish forwards these bytes as they are. */
import { monotonicMs } from '../shared/clock.js'
import type { Detection, DetectionsMessage, FrameTiming } from '../shared/detection/message.js'
import type { InferredFrame } from './pipeline.js'

/** Hands a message on. @returns false where Redis is away: the message is lost, and counted. */
export type SendDetections = (stream: string, message: string) => boolean

export class DetectionPublisher {
  messages = 0
  lost = 0

  constructor(
    private readonly model: string,
    private readonly send: SendDetections,
  ) {}

  /** @returns captured → serialised, in ms. */
  publish(result: InferredFrame, detections: Detection[]): number {
    const message = this.#messageOf(result, detections)
    this.messages++
    if (!this.send(result.frame.stream, JSON.stringify(message))) this.lost++
    return message.timing.totalMs
  }

  #messageOf(result: InferredFrame, detections: Detection[]): DetectionsMessage {
    const { frame } = result
    return {
      type: 'detections',
      v: 1,
      stream: frame.stream,
      epoch: frame.sessionEpoch,
      seq: frame.seq,
      capturedAt: Math.round(frame.capturedWallMs),
      frame: { width: frame.sourceWidthPx, height: frame.sourceHeightPx },
      model: this.model,
      detections,
      timing: timingOf(result, monotonicMs()),
    }
  }
}

function timingOf(result: InferredFrame, nowMs: number): FrameTiming {
  const { frame, closedMs, uploadedMs, resultMs } = result
  const round = (ms: number): number => Math.round(ms * 100) / 100
  return {
    decodeMs: round(frame.committedMonoMs - frame.firstByteMonoMs),
    queueMs: round(closedMs - frame.committedMonoMs),
    batchMs: round(uploadedMs - closedMs),
    inferMs: round(resultMs - uploadedMs),
    postMs: round(nowMs - resultMs),
    totalMs: round(nowMs - frame.committedMonoMs),
  }
}
