/**
 * Brings a picture and the detections of the very same frame together, whichever arrives first. Boxes are never paired
 * with a picture of another frame; what finds no partner is forgotten.
 */

/** Names one frame of one stream. */
export interface FrameName {
  stream: string
  epoch: number
  seq: number
  capturedAt: number
}

export interface Pair<P, D> {
  picture: P
  detections: D
}

/** Half a second of a fast stream: a partner later than that is of no use to a live view. */
const CAPACITY = 32

export class Pairing<P extends FrameName, D extends FrameName> {
  readonly #stream: string
  readonly #pictures = new Map<string, P>()
  readonly #detections = new Map<string, D>()
  #newest: FrameName | null = null

  constructor(stream: string) {
    this.#stream = stream
  }

  /** The pair that this picture completes, unless a newer frame is shown already. */
  addPicture(picture: P): Pair<P, D> | null {
    if (!this.#accepts(picture)) return null
    const detections = take(this.#detections, keyOf(picture))
    if (detections) return this.#complete(picture, detections)
    keep(this.#pictures, keyOf(picture), picture)
    return null
  }

  addDetections(detections: D): Pair<P, D> | null {
    if (!this.#accepts(detections)) return null
    const picture = take(this.#pictures, keyOf(detections))
    if (picture) return this.#complete(picture, detections)
    keep(this.#detections, keyOf(detections), detections)
    return null
  }

  #accepts(frame: FrameName): boolean {
    return frame.stream === this.#stream && (this.#newest === null || isNewer(frame, this.#newest))
  }

  #complete(picture: P, detections: D): Pair<P, D> {
    this.#newest = picture
    return { picture, detections }
  }
}

/** `seq` orders the frames of one session; sessions are ordered by the time of their frames. */
export function isNewer(frame: FrameName, than: FrameName): boolean {
  return frame.epoch === than.epoch ? frame.seq > than.seq : frame.capturedAt >= than.capturedAt
}

function keyOf(frame: FrameName): string {
  return `${frame.epoch}:${frame.seq}`
}

function take<T>(map: Map<string, T>, key: string): T | undefined {
  const found = map.get(key)
  map.delete(key)
  return found
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value)
  const oldest = map.keys().next().value
  if (map.size > CAPACITY && oldest !== undefined) map.delete(oldest)
}
