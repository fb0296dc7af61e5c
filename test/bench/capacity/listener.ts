/** A WebSocket client that is subscribed to everything, and notes what it needs of each message while a recording runs. */
import { WebSocket } from 'ws'
import { monotonicMs } from '../../../shared/clock.js'
import type { DetectionsMessage, FrameTiming } from '../../../shared/detection/message.js'
import type { Stages } from '../../tools/stages.js'

/** One message, as it arrived. */
export interface Arrival {
  stream: string
  epoch: number
  seq: number
  /** `monotonicMs()` */
  atMs: number
  /** Captured → here, by the wall clock. */
  sinceCaptureMs: number
  timing: FrameTiming
}

export class Listener {
  #arrivals: Arrival[] | null = null
  /** Messages that publish says this client lost. */
  lost = 0
  readonly #socket: WebSocket

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data, isBinary) => {
      if (!isBinary) this.#take(String(data))
    })
  }

  static async connect(stages: Stages): Promise<Listener> {
    const socket = new WebSocket(`${stages.url.replace('http', 'ws')}/ws?token=${stages.token}`)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const listener = new Listener(socket)
    socket.send(JSON.stringify({ type: 'subscribe' }))
    return listener
  }

  record(): void {
    this.#arrivals = []
  }

  /** Ends the recording. */
  take(): Arrival[] {
    const arrivals = this.#arrivals ?? []
    this.#arrivals = null
    return arrivals
  }

  close(): void {
    this.#socket.terminate()
  }

  #take(text: string): void {
    if (!this.#arrivals) return
    const atMs = monotonicMs()
    const wallMs = Date.now()
    const message = JSON.parse(text) as DetectionsMessage | { type: 'lost'; messages: number }
    if (message.type === 'lost') this.lost += message.messages
    if (message.type !== 'detections') return
    const { stream, epoch, seq, capturedAt, timing } = message
    this.#arrivals.push({ stream, epoch, seq, atMs, sinceCaptureMs: wallMs - capturedAt, timing })
  }
}
