/** Cameras that misbehave: raw TCP servers that speak just enough RTSP to fail in one precise way. No video ever comes from them. */
import net from 'node:net'

export type Misbehaviour =
  /** Takes the connection and never says a word. */
  | 'silent'
  /** Hangs up as soon as somebody connects. */
  | 'hangs_up'
  /** Answers every request with 401, whatever the password. */
  | 'unauthorized'
  /** Describes and plays a stream, and sends no packet of it. */
  | 'mute'
  /** Describes a video of an encoding that nobody knows, and plays it without a packet. */
  | 'unknown_codec'
  /** Serves as many viewers as it can: 503. */
  | 'busy'
  /** Has sound only, refuses to play nothing, and says 503 twice while it puts that session away. */
  | 'sound'
  /** Is no camera at all. */
  | 'web_server'

export interface FakeCamera {
  port: number
  /** Requests seen so far: first lines only. */
  requests: string[]
  close(): Promise<void>
}

export async function startFakeCamera(misbehaviour: Misbehaviour): Promise<FakeCamera> {
  const requests: string[] = []
  const sockets = new Set<net.Socket>()
  const server = net.createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy()) // a decoder that is killed resets the connection: the point of these tests
    if (misbehaviour === 'hangs_up') return void socket.end()
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', chunk => {
      text += chunk
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const request = text.slice(0, end)
        text = text.slice(end + 4)
        requests.push(request.split('\r\n', 1)[0] as string)
        const answer = answerTo(request, misbehaviour, requests)
        if (answer) socket.write(answer)
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as net.AddressInfo).port,
    requests,
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function answerTo(request: string, misbehaviour: Misbehaviour, seen: readonly string[]): string | null {
  if (misbehaviour === 'silent') return null
  if (misbehaviour === 'web_server')
    return 'HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n<h1>No.</h1>'
  const cseq = /^CSeq:\s*(\d+)/im.exec(request)?.[1] ?? '0'
  const head = (status: string, ...lines: string[]): string =>
    [`RTSP/1.0 ${status}`, `CSeq: ${cseq}`, ...lines, '', ''].join('\r\n')
  const method = request.slice(0, request.indexOf(' '))
  if (misbehaviour === 'unauthorized' && method !== 'OPTIONS')
    return head('401 Unauthorized', 'WWW-Authenticate: Basic realm="camera"')
  if (method === 'OPTIONS') return head('200 OK', 'Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN')
  if (misbehaviour === 'busy' || (misbehaviour === 'sound' && isPuttingAway(method, seen)))
    return head('503 Service Unavailable')
  const plays = seen.filter(line => line.startsWith('PLAY')).length
  if (misbehaviour === 'sound' && method === 'PLAY' && plays === 1) return head('454 Session Not Found')
  if (method === 'DESCRIBE') {
    const description =
      misbehaviour === 'sound' ? soundSdp : sdpOf(misbehaviour === 'unknown_codec' ? 'MYSTERY' : 'H264')
    return (
      head('200 OK', 'Content-Type: application/sdp', `Content-Length: ${description.length}`) + description
    )
  }
  if (method === 'SETUP')
    return head('200 OK', 'Session: 1', 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1')
  return head('200 OK', 'Session: 1')
}

/** For two descriptions after the first PLAY. */
function isPuttingAway(method: string, seen: readonly string[]): boolean {
  const played = seen.findIndex(line => line.startsWith('PLAY'))
  if (method !== 'DESCRIBE' || played < 0) return false
  return seen.slice(played).filter(line => line.startsWith('DESCRIBE')).length <= 2
}

function sdpOf(encoding: string): string {
  return sdp('m=video 0 RTP/AVP 96', `a=rtpmap:96 ${encoding}/90000`)
}

const soundSdp = sdp('m=audio 0 RTP/AVP 8', 'a=rtpmap:8 PCMA/8000')

function sdp(...media: readonly string[]): string {
  const lines = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=fake', 't=0 0', ...media, 'a=control:stream=0']
  return lines.map(line => `${line}\r\n`).join('')
}
