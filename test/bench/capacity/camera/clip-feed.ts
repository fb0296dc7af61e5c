/**
 * Many cameras out of one clip: each client gets the clip from a key frame on, in real time, at a phase of its own, so that
 * they don't all send at one moment. The packets are made once and shared.
 */
import type { PacketFeed } from '../../../../bin/demo/camera/connection.js'
import type { Receiver } from '../../../../bin/demo/camera/receiver.js'
import type { MediaFormat } from '../../../../bin/demo/camera/sdp.js'
import { monotonicMs } from '../../../../shared/clock.js'
import type { ClipPackets } from './packets.js'
import { senderReport } from './sender-report.js'

const REPORT_EVERY_MS = 5000
/** Successive multiples of it modulo 1 lie as far apart as can be, however many there are. */
const GOLDEN_RATIO = 0.618_034
/** Cameras that show the same picture for this long are of no use to anybody. */
const MAX_LATE_PICTURES = 50

/** What was sent to one client; all times are `monotonicMs()`. */
export interface ClientLog {
  path: string
  /** When its first picture was due: picture n was due n frame times later. */
  startMs: number
  pictures: number
}

interface Client extends ClientLog {
  receiver: Receiver
  startPosition: number
  nextReportMs: number
}

export class ClipFeed implements PacketFeed {
  readonly sessionId = process.pid
  /** The worst moment since it was asked last: how late a picture was sent. */
  #latestMs = 0
  readonly #clients = new Map<Receiver, Client>()
  readonly #frameMs: number
  readonly #beganMs = monotonicMs()
  #joined: number
  #timer: NodeJS.Timeout | undefined

  /** @param firstPhase counts the clients of other processes, so that phases differ among all of them. */
  constructor(
    private readonly packets: ClipPackets,
    fps: number,
    firstPhase: number,
  ) {
    this.#frameMs = 1000 / fps
    this.#joined = firstPhase
  }

  get format(): MediaFormat {
    return this.packets.format
  }

  join(receiver: Receiver, path: string): void {
    const phaseMs = ((this.#joined++ * GOLDEN_RATIO) % 1) * this.#frameMs
    const now = monotonicMs()
    const wholeFrames = Math.ceil((now - this.#beganMs - phaseMs) / this.#frameMs)
    const startMs = this.#beganMs + phaseMs + wholeFrames * this.#frameMs
    const startPosition = this.packets.keyAtOrBefore(Math.max(0, wholeFrames))
    this.#clients.set(receiver, {
      receiver,
      path,
      startMs,
      startPosition,
      pictures: 0,
      nextReportMs: startMs,
    })
    this.#schedule()
  }

  leave(receiver: Receiver): void {
    this.#clients.delete(receiver)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#clients.clear()
  }

  log(): ClientLog[] {
    return [...this.#clients.values()].map(({ path, startMs, pictures }) => ({ path, startMs, pictures }))
  }

  takeLatestMs(): number {
    const latest = this.#latestMs
    this.#latestMs = 0
    return latest
  }

  /** One timer for all: their next pictures are at most a frame time away. */
  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#clients.size === 0) return
    let nextMs = Number.POSITIVE_INFINITY
    for (const client of this.#clients.values()) nextMs = Math.min(nextMs, this.#dueMs(client))
    this.#timer = setTimeout(() => this.#sendDue(), Math.max(1, nextMs - monotonicMs()))
  }

  #sendDue(): void {
    const now = monotonicMs()
    for (const client of this.#clients.values()) {
      for (let due = this.#dueMs(client); due <= now; due = this.#dueMs(client)) this.#send(client, due, now)
    }
    this.#schedule()
  }

  #send(client: Client, dueMs: number, nowMs: number): void {
    this.#latestMs = Math.max(this.#latestMs, nowMs - dueMs)
    if (nowMs - dueMs > MAX_LATE_PICTURES * this.#frameMs) throw new Error('the camera cannot keep its pace')
    const position = client.startPosition + client.pictures
    if (dueMs >= client.nextReportMs) {
      const at = {
        ssrc: this.packets.ssrc,
        timestamp: this.packets.timestampOf(position),
        pictures: client.pictures,
      }
      client.receiver.sendRtcp(senderReport({ ...at, wallMs: Date.now() - (nowMs - dueMs) }))
      client.nextReportMs += REPORT_EVERY_MS
    }
    client.receiver.sendBurst(this.packets.at(position))
    client.pictures++
  }

  #dueMs(client: Client): number {
    return client.startMs + client.pictures * this.#frameMs
  }
}
