/** Serialises the result of a frame, once, and hands it to Redis. Publish forwards these bytes as they are. */
import { monotonicMs } from '../shared/clock.js'
import type { Detection, DetectionsMessage, FrameTiming } from '../shared/detection/message.js'
import { messageOf } from '../shared/errors.js'
import type { Log } from '../shared/log.js'
import { identityOf } from './frame-identity.js'
import type { InferredFrame } from './pipeline.js'

/** Hands a message on; rejects where it is lost. */
export type SendDetections = (stream: string, message: string) => Promise<unknown>

const LOG_EVERY = 1000

export class DetectionPublisher {
  /** Messages that Redis, away or full, did not take: results are never queued for later. */
  lost = 0

  constructor(
    private readonly model: string,
    private readonly send: SendDetections,
    private readonly log: Log,
  ) {}

  /** @returns captured → serialised, in ms. */
  publish(result: InferredFrame, detections: Detection[]): number {
    const message = this.#messageOf(result, detections)
    this.send(result.frame.stream, JSON.stringify(message)).catch((error: unknown) => {
      if (this.lost++ % LOG_EVERY === 0)
        this.log.warn({ reason: messageOf(error), lost: this.lost }, 'detections were lost')
    })
    return message.timing.totalMs
  }

  #messageOf(result: InferredFrame, detections: Detection[]): DetectionsMessage {
    const { frame } = result
    return {
      type: 'detections',
      v: 1,
      ...identityOf(frame),
      model: this.model,
      detections,
      timing: timingOf(result, monotonicMs()),
    }
  }
}

function timingOf(result: InferredFrame, nowMs: number): FrameTiming {
  const { frame, closedMs, resultMs, inferMs } = result
  const round = (ms: number): number => Math.round(ms * 100) / 100
  return {
    decodeMs: round(frame.committedMonoMs - frame.firstByteMonoMs),
    queueMs: round(closedMs - frame.committedMonoMs),
    batchMs: round(resultMs - inferMs - closedMs),
    inferMs: round(inferMs),
    postMs: round(nowMs - resultMs),
    totalMs: round(nowMs - frame.committedMonoMs),
  }
}
