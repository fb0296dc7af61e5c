/**
 * One RTSP connection and the state it is in (RFC 2326, appendix A.2):
 *
 *   init ── SETUP ──► ready ── PLAY ──► playing
 *    ▲                  │                  │
 *    └──── TEARDOWN ────┴──────────────────┘        a method that does not fit the state gets 455
 */
import type net from 'node:net'
import { type Credentials, isAuthorized } from './auth.js'
import { createTcpReceiver, createUdpReceiver, type Receiver, type UdpPair } from './receiver.js'
import { ProtocolFault, RequestReader, type RtspRequest } from './request.js'
import { type Answer, formatAnswer } from './response.js'
import { describe, type MediaFormat, TRACK } from './sdp.js'
import { Session } from './session.js'
import { chooseTransport, type Transport } from './transport.js'

export const SESSION_TIMEOUT_SECONDS = 60
const methods = 'OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN'

/** Where the packets come from: each receiver gets them from `join` to `leave`. */
export interface PacketFeed {
  readonly format: MediaFormat
  /** For the session description. */
  readonly sessionId: number
  /** @param path which of the camera's streams it plays. */
  join(receiver: Receiver, path: string): void
  /** Idempotent. */
  leave(receiver: Receiver): void
}

export interface CameraParts {
  /** Whether there is a stream of this path, which has no trailing slash. */
  plays(path: string): boolean
  host: string
  auth: Credentials | null
  feed: PacketFeed
  udp: UdpPair
  /** Packets that slow clients have lost, all of them together. */
  onClientEnd(lost: number): void
}

export class RtspConnection {
  readonly #socket: net.Socket
  readonly #camera: CameraParts
  #session: Session | null = null

  constructor(socket: net.Socket, camera: CameraParts) {
    this.#socket = socket
    this.#camera = camera
    const reader = new RequestReader()
    socket.setNoDelay(true)
    // Whatever a client sends, receiver reports included, is a sign of life.
    socket.setTimeout(SESSION_TIMEOUT_SECONDS * 1000, () => socket.destroy())
    socket.on('data', chunk => this.#receive(reader, chunk))
    socket.on('error', () => socket.destroy()) // a client that vanished: 'close' follows and cleans up
    socket.on('close', () => this.#endSession())
  }

  get lost(): number {
    return this.#session?.receiver.lost ?? 0
  }

  /** Any datagram from it on the control port keeps a UDP session alive, as RTCP should. */
  heard(host: string): void {
    if (host === this.#socket.remoteAddress) this.#socket.setTimeout(SESSION_TIMEOUT_SECONDS * 1000)
  }

  end(): void {
    this.#socket.destroy()
  }

  #receive(reader: RequestReader, chunk: Buffer): void {
    try {
      for (const request of reader.feed(chunk))
        this.#socket.write(formatAnswer(this.#answer(request), request.cseq))
    } catch (error) {
      if (!(error instanceof ProtocolFault)) throw error
      // What follows cannot be told apart from what was wrong: answer, and close.
      this.#socket.end(formatAnswer({ status: error.status, headers: { Connection: 'close' } }))
      this.#socket.removeAllListeners('data').resume()
      this.#endSession()
    }
  }

  #answer(request: RtspRequest): Answer {
    if (request.method === 'OPTIONS') return { status: 200, headers: { Public: methods } }
    if (!isAuthorized(request.headers.get('authorization'), this.#camera.auth))
      return { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="Ringside simulated camera"' } }
    const path = pathOf(request)
    if (path === null ? !request.method.endsWith('_PARAMETER') : !this.#camera.plays(path))
      return { status: 404 }
    switch (request.method) {
      case 'DESCRIBE':
        return this.#describe(request)
      case 'SETUP':
        return this.#setup(request, path ?? '')
      case 'PLAY':
        return this.#inSession(request, session => session.play())
      case 'GET_PARAMETER':
      case 'SET_PARAMETER':
        return this.#inSession(request, () => undefined)
      case 'TEARDOWN':
        return this.#inSession(request, () => this.#endSession())
      case 'PAUSE':
      case 'RECORD':
      case 'ANNOUNCE':
        return { status: 455, headers: { Allow: methods } }
      default:
        return { status: 501, headers: { Public: methods } }
    }
  }

  #describe(request: RtspRequest): Answer {
    const { feed, host } = this.#camera
    const contentBase = `${request.url.replace(/\/+$/, '')}/`
    return {
      status: 200,
      headers: { 'Content-Base': contentBase, 'Content-Type': 'application/sdp' },
      body: describe(feed.format, feed.sessionId, host),
    }
  }

  #setup(request: RtspRequest, path: string): Answer {
    if (this.#session) return { status: 455, headers: { Allow: methods } }
    const transport = chooseTransport(request.headers.get('transport'))
    if (!transport) return { status: 461 }
    const { feed, udp } = this.#camera
    const receiver =
      transport.kind === 'tcp'
        ? createTcpReceiver(this.#socket, transport.rtpChannel, transport.rtcpChannel)
        : createUdpReceiver(
            udp,
            this.#socket.remoteAddress ?? '127.0.0.1',
            transport.rtpPort,
            transport.rtcpPort,
          )
    this.#session = new Session(receiver, feed, path)
    return {
      status: 200,
      headers: { Transport: this.#accepted(transport), Session: this.#sessionHeader(this.#session) },
    }
  }

  #accepted(transport: Transport): string {
    if (transport.kind === 'tcp')
      return `RTP/AVP/TCP;unicast;interleaved=${transport.rtpChannel}-${transport.rtcpChannel}`
    const { rtp, rtcp } = this.#camera.udp
    const client = `client_port=${transport.rtpPort}-${transport.rtcpPort}`
    return `RTP/AVP;unicast;${client};server_port=${rtp.address().port}-${rtcp.address().port}`
  }

  /** A keep-alive outside of a session is answered too: some clients begin with one. */
  #inSession(request: RtspRequest, act: (session: Session) => void): Answer {
    const named = request.headers.get('session')?.split(';')[0]?.trim()
    if (!this.#session) {
      if (named !== undefined) return { status: 454 }
      return request.method.endsWith('_PARAMETER')
        ? { status: 200 }
        : { status: 455, headers: { Allow: methods } }
    }
    if (named !== this.#session.id) return { status: 454 }
    const headers = { Session: this.#sessionHeader(this.#session) }
    act(this.#session)
    return { status: 200, headers }
  }

  #sessionHeader(session: Session): string {
    return `${session.id};timeout=${SESSION_TIMEOUT_SECONDS}`
  }

  #endSession(): void {
    if (!this.#session) return
    this.#session.end()
    this.#camera.onClientEnd(this.#session.receiver.lost)
    this.#session = null
  }
}

/** Without the track's part and slashes at the end; null where the request names no stream. */
function pathOf({ url }: RtspRequest): string | null {
  if (!URL.canParse(url)) return null
  const path = new URL(url).pathname.replace(/\/+$/, '')
  return path.endsWith(`/${TRACK}`) ? path.slice(0, -TRACK.length - 1) : path
}
