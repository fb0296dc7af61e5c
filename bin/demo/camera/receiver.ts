/** One client that plays: where its packets go, and what it loses when it is slow. */
import type dgram from 'node:dgram'
import type net from 'node:net'
import { startsKeyFrame } from './rtp.js'

/** About three seconds of a busy picture: a client further behind loses packets until it has caught up. */
const MAX_QUEUE_BYTES = 1024 * 1024

/** The packets of one picture, framed beforehand for a TCP connection: many clients are sent the same bytes. */
export interface PacketBurst {
  readonly packets: readonly Buffer[]
  /** All of them, each behind its `$ channel length`, for the first of the two channels that clients ask for by default. */
  readonly interleaved: Buffer
}

/** Clients choose their channels, but all that are known choose these. */
export const USUAL_RTP_CHANNEL = 0

export interface Receiver {
  sendRtp(packet: Buffer): void
  sendBurst(burst: PacketBurst): void
  sendRtcp(packet: Buffer): void
  /** Packets it lost by being slow. */
  readonly lost: number
}

/** Starts with a key frame, and after a loss with the next one: a decoder never sees half a picture. */
class KeyFrameGate {
  #open = false
  lost = 0

  passes(packet: Buffer, hasRoom: boolean): boolean {
    if (!hasRoom) {
      if (this.#open) this.#open = false
      this.lost++
      return false
    }
    if (!this.#open) {
      this.#open = startsKeyFrame(packet)
      if (!this.#open && this.lost > 0) this.lost++
    }
    return this.#open
  }
}

export function createTcpReceiver(socket: net.Socket, rtpChannel: number, rtcpChannel: number): Receiver {
  const gate = new KeyFrameGate()
  const hasRoom = (): boolean => socket.writableLength < MAX_QUEUE_BYTES
  const send = (channel: number, packet: Buffer): void => {
    const head = Buffer.from([0x24, channel, packet.length >> 8, packet.length & 0xff])
    socket.write(Buffer.concat([head, packet]))
  }
  return {
    sendRtp(packet): void {
      if (gate.passes(packet, hasRoom())) send(rtpChannel, packet)
    },
    sendBurst(burst): void {
      const first = burst.packets[0]
      if (!first) return
      if (rtpChannel !== USUAL_RTP_CHANNEL) for (const packet of burst.packets) this.sendRtp(packet)
      else if (gate.passes(first, hasRoom())) socket.write(burst.interleaved)
      else gate.lost += gate.lost > 0 ? burst.packets.length - 1 : 0
    },
    sendRtcp(packet): void {
      if (hasRoom()) send(rtcpChannel, packet)
    },
    get lost(): number {
      return gate.lost
    },
  }
}

export interface UdpPair {
  rtp: dgram.Socket
  rtcp: dgram.Socket
}

export function createUdpReceiver(pair: UdpPair, host: string, rtpPort: number, rtcpPort: number): Receiver {
  const gate = new KeyFrameGate()
  const send = (socket: dgram.Socket, packet: Buffer, port: number): void => {
    socket.send(packet, port, host, error => {
      if (error) gate.lost++
    })
  }
  return {
    sendRtp(packet): void {
      if (gate.passes(packet, pair.rtp.getSendQueueSize() < MAX_QUEUE_BYTES)) send(pair.rtp, packet, rtpPort)
    },
    sendBurst(burst): void {
      for (const packet of burst.packets) this.sendRtp(packet)
    },
    sendRtcp(packet): void {
      send(pair.rtcp, packet, rtcpPort)
    },
    get lost(): number {
      return gate.lost
    },
  }
}
