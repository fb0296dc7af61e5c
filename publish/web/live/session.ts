/** Watching one stream live: what is wanted of the server while the view is seen, and the newest frame whose picture and boxes are both here. */
import type { DetectionsMessage, PictureHeader } from '../../../shared/detection/message.js'
import type { Value } from '../store/value.js'
import { createValue } from '../store/value.js'
import type { LiveConnection } from './connection.js'
import { type Pair, Pairing } from './pairing.js'
import { addSightings, type Sighting } from './sightings.js'

interface HeaderedPicture extends PictureHeader {
  jpeg: Blob
}

/** One frame, decoded; its picture is closed when the next is shown. */
export interface ShownFrame {
  bitmap: ImageBitmap
  message: DetectionsMessage
}

export class LiveSession {
  readonly shown = createValue<ShownFrame | null>(null)
  /** Newest message, with a picture or without. */
  readonly latest = createValue<DetectionsMessage | null>(null)
  readonly sightings = createValue<readonly Sighting[]>([])
  /** Why the newest picture could not be shown. */
  readonly pictureFault = createValue<string | null>(null)
  readonly #pairing: Pairing<HeaderedPicture, DetectionsMessage>
  readonly #releases: (() => void)[]
  #waiting: Pair<HeaderedPicture, DetectionsMessage> | null = null
  #decoding = false
  #closed = false

  constructor(
    readonly stream: string,
    readonly connection: LiveConnection,
    readonly visible: Value<boolean>,
  ) {
    this.#pairing = new Pairing(stream)
    this.#releases = [
      connection.onMessage(message => message.type === 'detections' && this.#onDetections(message)),
      connection.onPicture(({ header, jpeg }) => this.#offer(this.#pairing.addPicture({ ...header, jpeg }))),
      visible.subscribe(() => this.#want()),
    ]
    this.#want()
  }

  close(): void {
    this.#closed = true
    for (const release of this.#releases) release()
    this.connection.want({ type: 'unsubscribe' })
    this.shown.get()?.bitmap.close()
    this.shown.set(null)
  }

  /** A page that nobody sees costs the server no pictures. */
  #want(): void {
    if (!this.visible.get()) this.connection.want({ type: 'unsubscribe' })
    else
      this.connection.want({
        type: 'subscribe',
        streams: [this.stream],
        minScore: 0,
        pictures: [this.stream],
      })
  }

  #onDetections(message: DetectionsMessage): void {
    if (message.stream !== this.stream) return
    this.latest.set(message)
    this.sightings.set(addSightings(this.sightings.get(), message))
    this.#offer(this.#pairing.addDetections(message))
  }

  /** Latest wins: while one picture is decoded, only the newest pair waits. */
  #offer(pair: Pair<HeaderedPicture, DetectionsMessage> | null): void {
    if (!pair) return
    this.#waiting = pair
    if (!this.#decoding) void this.#decodeWaiting()
  }

  async #decodeWaiting(): Promise<void> {
    this.#decoding = true
    while (this.#waiting && !this.#closed) {
      const { picture, detections } = this.#waiting
      this.#waiting = null
      try {
        this.#show(await createImageBitmap(picture.jpeg), detections)
        this.pictureFault.set(null)
      } catch (error) {
        this.pictureFault.set(`The picture of frame ${picture.seq} cannot be decoded: ${String(error)}`)
      }
    }
    this.#decoding = false
  }

  #show(bitmap: ImageBitmap, message: DetectionsMessage): void {
    if (this.#closed) {
      bitmap.close()
      return
    }
    const before = this.shown.get()
    this.shown.set({ bitmap, message })
    before?.bitmap.close()
  }
}
