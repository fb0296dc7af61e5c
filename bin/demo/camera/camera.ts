/** A simulated camera: a real RTSP server on loopback that plays a clip in a loop to everybody who asks. */
import net from 'node:net'
import type { Credentials } from './auth.js'
import { RtspConnection } from './connection.js'
import { Feed } from './feed.js'
import type { UdpPair } from './receiver.js'
import { bindUdpPair } from './udp.js'

export interface CameraSettings {
  ffmpegPath: string
  /** null shows a test pattern. */
  video: string | null
  /** 0 (the default) takes a free one. */
  port?: number
  auth?: Credentials
  /** Where in the clip it begins. */
  startAtSeconds?: number
}

export interface CameraStats {
  clients: number
  /** Packets that slow clients lost. */
  packetsLost: number
  encoderRestarts: number
  encoderPid: number | undefined
}

export interface Camera {
  /** With the credentials, where it has any. */
  url: string
  stats(): CameraStats
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const PATH = '/live'
/** Of one machine's own programs; beyond it, new connections are refused. */
const MAX_CLIENTS = 64

/** @throws RingsideError where the clip cannot be shown; the system's error where the port is taken. */
export async function startCamera(settings: CameraSettings): Promise<Camera> {
  const { ffmpegPath, video, startAtSeconds = 0, auth = null } = settings
  const feed = await Feed.start({ ffmpegPath, video, startAtSeconds })
  const server = net.createServer()
  server.maxConnections = MAX_CLIENTS
  try {
    await listen(server, settings.port ?? 0)
    return serve(server, feed, await bindUdpPair(HOST), auth)
  } catch (error) {
    server.close()
    await feed.close()
    throw error
  }
}

function serve(server: net.Server, feed: Feed, udp: UdpPair, auth: Credentials | null): Camera {
  const connections = new Set<RtspConnection>()
  let lostByGone = 0
  const onClientEnd = (lost: number): void => {
    lostByGone += lost
  }
  const parts = { plays: (path: string) => path === PATH, host: HOST, auth, feed, udp, onClientEnd }
  server.on('connection', socket => {
    const connection = new RtspConnection(socket, parts)
    connections.add(connection)
    socket.once('close', () => connections.delete(connection))
  })
  udp.rtcp.on('message', (_, { address }) => {
    for (const connection of connections) connection.heard(address)
  })
  let closing: Promise<void> | null = null
  return {
    url: urlOf(server, auth),
    stats: () => ({
      clients: feed.receivers.size,
      packetsLost: [...connections].reduce((sum, connection) => sum + connection.lost, lostByGone),
      encoderRestarts: feed.restarts,
      encoderPid: feed.encoderPid,
    }),
    close(): Promise<void> {
      closing ??= close(server, feed, udp, connections)
      return closing
    },
  }
}

function urlOf(server: net.Server, auth: Credentials | null): string {
  const { port } = server.address() as net.AddressInfo
  const userinfo = auth ? `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.password)}@` : ''
  return `rtsp://${userinfo}${HOST}:${port}${PATH}`
}

async function close(
  server: net.Server,
  feed: Feed,
  udp: UdpPair,
  connections: ReadonlySet<RtspConnection>,
): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  for (const connection of connections) connection.end()
  await feed.close()
  udp.rtp.close()
  udp.rtcp.close()
  await closed
}

function listen(server: net.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
