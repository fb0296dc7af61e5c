/**
 * A process of simulated cameras, started by `cameras.ts`: one RTSP server, a path a camera. Arguments: clip (H.264, annex B),
 * frames per second, number of cameras that other processes have. Tells its port, and answers each message with its state.
 */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import { RtspConnection } from '../../../../bin/demo/camera/connection.js'
import { bindUdpPair } from '../../../../bin/demo/camera/udp.js'
import { picturesOf } from './annex-b.js'
import { type ClientLog, ClipFeed } from './clip-feed.js'
import { ClipPackets } from './packets.js'

const HOST = '127.0.0.1'
const PATH = /^\/[a-z0-9_-]{1,64}$/

export type CameraMessage = { port: number } | CameraState

/** What a process of cameras did since it was asked last. */
export interface CameraState {
  clients: ClientLog[]
  /** Packets that slow clients lost, ever. */
  packetsLost: number
  /** The latest that a picture was sent, since it was asked last. */
  latestMs: number
}

const [clip, fps, firstPhase] = process.argv.slice(2) as [string, string, string]
const packets = new ClipPackets(picturesOf(fs.readFileSync(clip)), Number(fps), randomBytes(4).readUInt32BE())
const feed = new ClipFeed(packets, Number(fps), Number(firstPhase))
const connections = new Set<RtspConnection>()
let lostByGone = 0
const parts = {
  plays: (path: string) => PATH.test(path),
  host: HOST,
  auth: null,
  feed,
  udp: await bindUdpPair(HOST),
  onClientEnd: (lost: number): void => {
    lostByGone += lost
  },
}

const server = net.createServer(socket => {
  const connection = new RtspConnection(socket, parts)
  connections.add(connection)
  socket.once('close', () => connections.delete(connection))
})
server.listen(0, HOST, () => tell({ port: (server.address() as net.AddressInfo).port }))

process.on('message', () =>
  tell({
    clients: feed.log(),
    packetsLost: [...connections].reduce((sum, { lost }) => sum + lost, lostByGone),
    latestMs: feed.takeLatestMs(),
  }),
)
process.on('disconnect', () => process.exit(0)) // whoever started it is gone

function tell(message: CameraMessage): void {
  process.send?.(message)
}
