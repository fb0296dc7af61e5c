/** The cameras of a capacity run: a byte stream cut into pictures, packed once, and a clip without a seam at its end. */
import { describe, expect, it } from 'vitest'
import type { PacketBurst, Receiver } from '../../../bin/demo/camera/receiver.js'
import { sleep } from '../../../shared/clock.js'
import { picturesOf } from '../../bench/capacity/camera/annex-b.js'
import { ClipFeed } from '../../bench/capacity/camera/clip-feed.js'
import { ClipPackets } from '../../bench/capacity/camera/packets.js'
import { senderReport } from '../../bench/capacity/camera/sender-report.js'

const FPS = 100
const SPS = [0x67, 0x64, 0, 0x28, 1]
const PPS = [0x68, 2]
const IDR = [0x65, 0x88, ...Array.from({ length: 3000 }, (_, i) => (i % 200) + 3)]
const SLICE = [0x41, 0x9a, 5, 6]
const SECOND_SLICE = [0x41, 0x1a, 7]

function stream(...units: number[][]): Buffer {
  return Buffer.from(units.flatMap((unit, i) => [...(i % 2 ? [] : [0]), 0, 0, 1, ...unit]))
}

const clip = stream(SPS, PPS, IDR, SLICE, SECOND_SLICE, SLICE, SPS, PPS, IDR, SLICE)

describe('picturesOf', () => {
  it('begins a picture at parameter sets and at a first slice, not at a second one', () => {
    const pictures = picturesOf(clip)
    expect(pictures.map(({ units, isKey }) => [units.length, isKey])).toEqual([
      [3, true],
      [2, false],
      [1, false],
      [3, true],
      [1, false],
    ])
    expect(pictures.flatMap(({ units }) => units.map(unit => [...unit]))).toEqual([
      SPS,
      PPS,
      IDR,
      SLICE,
      SECOND_SLICE,
      SLICE,
      SPS,
      PPS,
      IDR,
      SLICE,
    ])
  })

  it('refuses a clip that no client could begin with', () => {
    expect(() => picturesOf(stream(SLICE, SPS, PPS, IDR))).toThrow(/key frame/)
  })
})

describe('ClipPackets', () => {
  const packets = new ClipPackets(picturesOf(clip), FPS, 0x01020304)
  const headOf = (packet: Buffer) => ({
    seq: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    marker: (packet[1]! & 0x80) !== 0,
  })

  it('gives every unit back, fragments put together, with the marker on the last packet of a picture', () => {
    const { packets: of } = packets.at(0)
    expect(of.map(packet => headOf(packet).marker)).toEqual([false, false, false, false, true])
    expect(of.every(packet => packet.length <= 1400)).toBe(true)
    const fragments = of.slice(2).map(packet => packet.subarray(12))
    expect(fragments.map(fragment => fragment[1]! >> 6)).toEqual([0b10, 0b00, 0b01])
    const joined = Buffer.concat(fragments.map(fragment => fragment.subarray(2)))
    expect([(fragments[0]![0]! & 0xe0) | (fragments[0]![1]! & 0x1f), ...joined]).toEqual(IDR)
  })

  it('is one source over the end of the clip: sequence numbers rise by one, timestamps by a frame', () => {
    let seq: number | null = null
    for (let position = 0; position < 3 * packets.length; position++) {
      for (const packet of packets.at(position).packets) {
        const head = headOf(packet)
        if (seq !== null) expect(head.seq).toBe((seq + 1) & 0xffff)
        seq = head.seq
        expect(head).toMatchObject({ timestamp: (position * 90_000) / FPS, ssrc: 0x01020304 })
      }
    }
  })

  it('frames them for TCP, and leaves alone what was handed out in an earlier round', () => {
    const first = packets.at(1)
    const before = Buffer.from(first.interleaved)
    packets.at(1 + packets.length)
    expect(first.interleaved.equals(before)).toBe(true)
    expect([...first.interleaved.subarray(0, 4)]).toEqual([0x24, 0, 0, 12 + SLICE.length])
  })

  it('knows where a client may begin', () => {
    expect([0, 2, 3, 4, 5, 9].map(position => packets.keyAtOrBefore(position))).toEqual([0, 0, 3, 3, 5, 8])
  })
})

describe('ClipFeed', () => {
  it('plays to each client from a key frame on at the clip’s rate, at phases of their own', async () => {
    const feed = new ClipFeed(new ClipPackets(picturesOf(clip), FPS, 1), FPS, 0)
    const clients = [new Recorder(), new Recorder()]
    for (const [i, client] of clients.entries()) feed.join(client, `/cam-${i}`)
    await sleep(500)
    const log = feed.log()
    for (const client of clients) feed.leave(client)
    feed.close()
    const phases = log.map(({ startMs }) => startMs % (1000 / FPS))
    expect(Math.abs(phases[0]! - phases[1]!)).toBeGreaterThan(1)
    for (const [i, client] of clients.entries()) {
      expect(log[i]).toMatchObject({ path: `/cam-${i}`, pictures: client.bursts.length })
      expect(client.bursts.length).toBeGreaterThan(10)
      expect(client.bursts.length).toBeLessThanOrEqual(60)
      expect(client.bursts[0]!.packets[0]![12]! & 0x1f).toBe(7)
      expect(client.reports).toHaveLength(1)
    }
  })
})

describe('senderReport', () => {
  it('says which moment of the wall clock a timestamp is (RFC 3550, 6.4.1)', () => {
    const report = senderReport({ ssrc: 7, timestamp: 90_000, wallMs: 1_500, pictures: 3 })
    expect([report[1], report.readUInt16BE(2), report.readUInt32BE(4)]).toEqual([200, 6, 7])
    expect(report.readUInt32BE(8)).toBe(2_208_988_801)
    expect(report.readUInt32BE(12)).toBe(2 ** 31)
    expect(report.readUInt32BE(16)).toBe(90_000)
  })
})

class Recorder implements Receiver {
  readonly bursts: PacketBurst[] = []
  readonly reports: Buffer[] = []
  readonly lost = 0
  sendRtp(): void {
    throw new Error('pictures go as bursts')
  }
  sendBurst(burst: PacketBurst): void {
    this.bursts.push(burst)
  }
  sendRtcp(packet: Buffer): void {
    this.reports.push(packet)
  }
}
