/**
 * RTP packets (RFC 3550, H.264 payload RFC 6184), as far as a relay needs them: the encoder may be replaced by a new
 * one, yet clients see one source whose sequence numbers and timestamps go on.
 *
 *   0      1      2 3   4    7   8   11
 *   │V P X CC│M PT│ seq │ timestamp │ SSRC │ payload …
 */
import { randomBytes } from 'node:crypto'
import { monotonicMs } from '../../../shared/clock.js'

const HEADER_BYTES = 12
export const CLOCK_RATE_HZ = 90_000
const NAL_SPS = 7
const NAL_STAP_A = 24
const RTCP_SENDER_REPORT = 200
const SR_BYTES = 28

export function isRtp(packet: Buffer): boolean {
  return packet.length > HEADER_BYTES && (packet[0] as number) >> 6 === 2
}

/** True for the packet that a decoder can begin at: its parameter sets, which the encoder repeats before each key frame. */
export function startsKeyFrame(packet: Buffer): boolean {
  const payload = HEADER_BYTES + ((packet[0] as number) & 0x0f) * 4
  const type = (packet[payload] ?? 0) & 0x1f
  if (type === NAL_SPS) return true
  return type === NAL_STAP_A && ((packet[payload + 3] ?? 0) & 0x1f) === NAL_SPS
}

/** Makes the packets of successive encoders one source. Rewrites in place. */
export class SourceContinuity {
  readonly #ssrc = randomBytes(4).readUInt32BE()
  #seqOffset = 0
  #timestampOffset = 0
  #lastSeq = randomBytes(2).readUInt16BE()
  #lastTimestamp = randomBytes(4).readUInt32BE()
  #lastAtMs = monotonicMs()
  #fresh = true

  /** The next packet is the first of a new encoder. */
  restart(): void {
    this.#fresh = true
  }

  rewriteRtp(packet: Buffer): void {
    const seq = packet.readUInt16BE(2)
    const timestamp = packet.readUInt32BE(4)
    if (this.#fresh) this.#join(seq, timestamp)
    this.#lastSeq = (seq + this.#seqOffset) & 0xffff
    this.#lastTimestamp = (timestamp + this.#timestampOffset) >>> 0
    this.#lastAtMs = monotonicMs()
    packet.writeUInt16BE(this.#lastSeq, 2)
    packet.writeUInt32BE(this.#lastTimestamp, 4)
    packet.writeUInt32BE(this.#ssrc, 8)
  }

  /** @returns false for what is no sender report, and for one that came before any packet it could describe. */
  rewriteSenderReport(packet: Buffer): boolean {
    if (this.#fresh || packet.length < SR_BYTES || packet[1] !== RTCP_SENDER_REPORT) return false
    packet.writeUInt32BE(this.#ssrc, 4)
    packet.writeUInt32BE((packet.readUInt32BE(16) + this.#timestampOffset) >>> 0, 16)
    return true
  }

  /** The gap in time is kept, so that a client's clock agrees with the wall's. */
  #join(seq: number, timestamp: number): void {
    const gapTicks = Math.max(1, Math.round(((monotonicMs() - this.#lastAtMs) * CLOCK_RATE_HZ) / 1000))
    this.#seqOffset = this.#lastSeq + 1 - seq
    this.#timestampOffset = this.#lastTimestamp + gapTicks - timestamp
    this.#fresh = false
  }
}
