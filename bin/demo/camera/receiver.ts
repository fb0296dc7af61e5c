/** One client that plays: where its packets go, and what it loses when it is slow. */
import type dgram from 'node:dgram'
import type net from 'node:net'
import { startsKeyFrame } from './rtp.js'

/** About three seconds of a busy picture: a client further behind loses packets until it has caught up. */
const MAX_QUEUE_BYTES = 1024 * 1024

export interface Receiver {
  sendRtp(packet: Buffer): void
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
    sendRtcp(packet): void {
      send(pair.rtcp, packet, rtcpPort)
    },
    get lost(): number {
      return gate.lost
    },
  }
}
