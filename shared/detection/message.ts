/** The published result of one frame: serialised once, in infer, and forwarded as bytes. `docs/wire-format.md` describes it. */

/** xyxy in source-frame pixels: left, top, right, bottom. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number]

export interface Detection {
  /** Unique: stream, epoch, seq and index. */
  id: string
  classId: number
  class: string
  /** 0 … 1. */
  score: number
  box: Box
}

/** Where the time of a frame went. Stages follow one another; `totalMs` is captured → serialised. */
export interface FrameTiming {
  /** First byte of the frame from the decoder → last byte. */
  decodeMs: number
  /** Committed to the ring → its batch closed. */
  queueMs: number
  /** Batch closed → pixels in the engine's input, and the result's way back. */
  batchMs: number
  /** Engine run. */
  inferMs: number
  /** NMS and mapping back to source pixels. */
  postMs: number
  totalMs: number
}

export interface DetectionsMessage {
  type: 'detections'
  v: 1
  stream: string
  /** Which session of the stream; `seq` rises within it. */
  epoch: number
  seq: number
  /** Wall time, ms since the Unix epoch, when the camera took the frame, where it says so by RTCP; else when the frame arrived. */
  capturedAt: number
  frame: { width: number; height: number }
  model: string
  detections: Detection[]
  timing: FrameTiming
}

/** Header of a picture: the very frame that the detections of (stream, epoch, seq) belong to. */
export interface PictureHeader {
  type: 'picture'
  v: 1
  stream: string
  epoch: number
  seq: number
  capturedAt: number
  /** Source frame; scale boxes by canvas width / frame width. */
  frame: { width: number; height: number }
  mime: 'image/jpeg'
}

/**
 * Binary form of a picture, on Redis and on the WebSocket alike:
 * uint32 big-endian length of the header, the header as JSON, the JPEG.
 */
export function encodePicture(header: PictureHeader, jpeg: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(json.length)
  return Buffer.concat([length, json, jpeg])
}
