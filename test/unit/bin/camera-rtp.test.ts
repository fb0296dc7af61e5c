/** RTP as clients of the simulated camera see it: one source that never jumps, and receivers that begin with key frames. */
import { EventEmitter } from 'node:events'
import type net from 'node:net'
import { describe, expect, it } from 'vitest'
import { createTcpReceiver } from '../../../bin/demo/camera/receiver.js'
import { SourceContinuity, startsKeyFrame } from '../../../bin/demo/camera/rtp.js'

function rtp(seq: number, timestamp: number, ...payload: number[]): Buffer {
  const packet = Buffer.alloc(12 + payload.length)
  packet[0] = 0x80
  packet.writeUInt16BE(seq & 0xffff, 2)
  packet.writeUInt32BE(timestamp >>> 0, 4)
  packet.set(payload, 12)
  return packet
}

const SPS = 0x67
const SLICE = 0x41

describe('SourceContinuity', () => {
  it('goes on across encoders, and across the wrap of sequence numbers and timestamps', () => {
    const source = new SourceContinuity()
    const out: { seq: number; timestamp: number; ssrc: number }[] = []
    for (const [firstSeq, firstTimestamp] of [
      [65_530, 0xffff_0000],
      [7, 12],
      [40_000, 3_000_000_000],
    ] as const) {
      source.restart()
      for (let i = 0; i < 20; i++) {
        const packet = rtp(firstSeq + i, firstTimestamp + i * 9000)
        source.rewriteRtp(packet)
        out.push({
          seq: packet.readUInt16BE(2),
          timestamp: packet.readUInt32BE(4),
          ssrc: packet.readUInt32BE(8),
        })
      }
    }
    for (const [i, packet] of out.entries()) {
      const before = out[i - 1]
      if (!before) continue
      expect((packet.seq - before.seq) & 0xffff).toBe(1)
      expect(packet.ssrc).toBe(before.ssrc)
      const step = (packet.timestamp - before.timestamp) >>> 0
      expect(step).toBeGreaterThan(0)
      expect(step).toBeLessThanOrEqual(9000)
    }
  })

  it('passes sender reports with the same shift, and nothing else', () => {
    const source = new SourceContinuity()
    const report = Buffer.alloc(28)
    report[0] = 0x80
    report[1] = 200
    report.writeUInt32BE(5000, 16)
    expect(source.rewriteSenderReport(Buffer.from(report))).toBe(false)
    const packet = rtp(1, 5000)
    source.rewriteRtp(packet)
    expect(source.rewriteSenderReport(report)).toBe(true)
    expect(report.readUInt32BE(16)).toBe(packet.readUInt32BE(4))
    expect(report.readUInt32BE(4)).toBe(packet.readUInt32BE(8))
    expect(source.rewriteSenderReport(Buffer.from([0x80, 201, 0, 0]))).toBe(false)
  })
})

describe('startsKeyFrame', () => {
  it('knows parameter sets alone and aggregated', () => {
    expect(startsKeyFrame(rtp(1, 1, SPS, 1, 2))).toBe(true)
    expect(startsKeyFrame(rtp(1, 1, 0x78, 0, 3, SPS, 1, 2))).toBe(true)
    expect(startsKeyFrame(rtp(1, 1, SLICE))).toBe(false)
    expect(startsKeyFrame(rtp(1, 1))).toBe(false)
  })
})

describe('a receiver', () => {
  it('begins with a key frame, loses what has no room, counts it, and goes on with a key frame', () => {
    const socket = Object.assign(new EventEmitter(), {
      writableLength: 0,
      written: [] as number[],
    }) as unknown as net.Socket & {
      writableLength: number
      written: number[]
    }
    socket.write = ((packet: Buffer) =>
      socket.written.push(packet.readUInt16BE(6)) > 0) as net.Socket['write']
    const receiver = createTcpReceiver(socket, 0, 1)
    const play = (seq: number, type: number, queued = 0): void => {
      Object.assign(socket, { writableLength: queued })
      receiver.sendRtp(rtp(seq, seq, type))
    }
    play(1, SLICE)
    play(2, SPS)
    play(3, SLICE)
    play(4, SLICE, 2 ** 21)
    play(5, SLICE)
    play(6, SPS)
    play(7, SLICE)
    expect(socket.written).toEqual([2, 3, 6, 7])
    expect(receiver.lost).toBe(2)
  })
})
