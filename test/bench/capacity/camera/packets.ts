/** The RTP packets of a clip (RFC 3550, RFC 6184), made once: what changes from round to round of the loop is stamped in. */

import type { PacketBurst } from '../../../../bin/demo/camera/receiver.js'
import { USUAL_RTP_CHANNEL } from '../../../../bin/demo/camera/receiver.js'
import { CLOCK_RATE_HZ } from '../../../../bin/demo/camera/rtp.js'
import type { MediaFormat } from '../../../../bin/demo/camera/sdp.js'
import { nal, type Picture, typeOf } from './annex-b.js'

/** Fits an Ethernet frame with every header around it. */
const MAX_PAYLOAD_BYTES = 1388
const RTP_HEAD_BYTES = 12
const CHANNEL_HEAD_BYTES = 4
const PAYLOAD_TYPE = 96
const FU_A = 28
const MARKER = 0x80

/** A clip in a loop: picture `position` is picture `position mod length` of the clip, for every position ≥ 0. */
export class ClipPackets {
  readonly format: MediaFormat
  /** Pictures in one round. */
  readonly length: number
  readonly #pictures: PackedPicture[] = []
  readonly #ticksPerPicture: number
  readonly #packetsPerRound: number
  readonly #keys: number[]

  constructor(
    pictures: readonly Picture[],
    fps: number,
    readonly ssrc: number,
  ) {
    this.format = formatOf(pictures[0]!.units)
    this.length = pictures.length
    this.#ticksPerPicture = CLOCK_RATE_HZ / fps
    let packets = 0
    for (const picture of pictures) {
      this.#pictures.push({ packed: pack(picture.units, ssrc), firstPacket: packets, round: -1 })
      packets += this.#pictures.at(-1)!.packed.packets.length
    }
    this.#packetsPerRound = packets
    this.#keys = pictures.flatMap(({ isKey }, at) => (isKey ? [at] : []))
  }

  timestampOf(position: number): number {
    return Math.round(position * this.#ticksPerPicture) >>> 0
  }

  /** The newest position up to `position` where a decoder can begin. */
  keyAtOrBefore(position: number): number {
    const at = position % this.length
    return position - at + this.#keys.findLast(key => key <= at)!
  }

  /**
   * The packets of a position, the same bytes for everybody who is sent it. A new round gets bytes of its own, so that what
   * still waits in a slow client's queue is never changed.
   */
  at(position: number): PacketBurst {
    const index = position % this.length
    const round = (position - index) / this.length
    const picture = this.#pictures[index]!
    if (picture.round !== round) {
      picture.packed = { ...picture.packed, ...copyOf(picture.packed) }
      picture.round = round
      const firstSeq = round * this.#packetsPerRound + picture.firstPacket
      picture.packed.packets.forEach((packet, i) => {
        packet.writeUInt16BE((firstSeq + i) % 0x10000, 2)
        packet.writeUInt32BE(this.timestampOf(position), 4)
      })
    }
    return picture.packed
  }
}

interface PackedPicture {
  packed: PacketBurst
  /** Packets of the round before it. */
  firstPacket: number
  /** Which round its packets are stamped for. */
  round: number
}

function pack(units: readonly Buffer[], ssrc: number): PacketBurst {
  const payloads = units.flatMap(payloadsOf)
  const interleaved = Buffer.alloc(
    payloads.reduce((sum, { length }) => sum + CHANNEL_HEAD_BYTES + RTP_HEAD_BYTES + length, 0),
  )
  let at = 0
  payloads.forEach((payload, i) => {
    const packetBytes = RTP_HEAD_BYTES + payload.length
    interleaved.set([0x24, USUAL_RTP_CHANNEL, packetBytes >> 8, packetBytes & 0xff], at)
    interleaved.set([0x80, (i === payloads.length - 1 ? MARKER : 0) | PAYLOAD_TYPE], at + CHANNEL_HEAD_BYTES)
    interleaved.writeUInt32BE(ssrc, at + CHANNEL_HEAD_BYTES + 8)
    interleaved.set(payload, at + CHANNEL_HEAD_BYTES + RTP_HEAD_BYTES)
    at += CHANNEL_HEAD_BYTES + packetBytes
  })
  return { interleaved, packets: packetsIn(interleaved) }
}

function copyOf({ interleaved }: PacketBurst): PacketBurst {
  const copy = Buffer.from(interleaved)
  return { interleaved: copy, packets: packetsIn(copy) }
}

/** Views of the packets, without their channel heads. */
function packetsIn(interleaved: Buffer): Buffer[] {
  const packets: Buffer[] = []
  for (let at = 0; at < interleaved.length; ) {
    const begin = at + CHANNEL_HEAD_BYTES
    at = begin + interleaved.readUInt16BE(at + 2)
    packets.push(interleaved.subarray(begin, at))
  }
  return packets
}

/** A unit that fits goes whole, a larger one in FU-A fragments (RFC 6184, 5.6 and 5.8). */
function payloadsOf(unit: Buffer): Buffer[] {
  if (unit.length <= MAX_PAYLOAD_BYTES) return [unit]
  const indicator = (unit[0]! & 0xe0) | FU_A
  const partBytes = MAX_PAYLOAD_BYTES - 2
  const payloads: Buffer[] = []
  for (let at = 1; at < unit.length; at += partBytes) {
    const first = at === 1 ? 0x80 : 0
    const last = at + partBytes >= unit.length ? 0x40 : 0
    const head = Buffer.from([indicator, first | last | typeOf(unit)])
    payloads.push(Buffer.concat([head, unit.subarray(at, at + partBytes)]))
  }
  return payloads
}

function formatOf(units: readonly Buffer[]): MediaFormat {
  const [sps, pps] = [nal.sps, nal.pps].map(type => units.find(unit => typeOf(unit) === type))
  if (!sps || !pps) throw new Error('the clip has no parameter sets')
  const profile = sps.subarray(1, 4).toString('hex').toUpperCase()
  const sets = `${sps.toString('base64')},${pps.toString('base64')}`
  return {
    payloadType: PAYLOAD_TYPE,
    attributes: [
      `a=rtpmap:${PAYLOAD_TYPE} H264/${CLOCK_RATE_HZ}`,
      `a=fmtp:${PAYLOAD_TYPE} packetization-mode=1; sprop-parameter-sets=${sets}; profile-level-id=${profile}`,
    ],
  }
}
