/** UDP sockets on loopback: bound, with room for the burst of a key frame. */
import dgram from 'node:dgram'

const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
const TRIES = 50

export function bindUdp(port = 0, host = '127.0.0.1'): Promise<dgram.Socket> {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES })
    socket.once('error', error => {
      socket.close()
      reject(error)
    })
    socket.bind(port, host, () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

/** Two neighbours, the first of them even, as RTP wants its pair. */
export async function bindUdpPair(host: string): Promise<{ rtp: dgram.Socket; rtcp: dgram.Socket }> {
  for (let attempt = 1; ; attempt++) {
    const rtp = await bindUdp(0, host)
    const { port } = rtp.address()
    try {
      if (port % 2 !== 0) throw new Error('an odd port')
      return { rtp, rtcp: await bindUdp(port + 1, host) }
    } catch (error) {
      rtp.close()
      if (attempt === TRIES) throw error
    }
  }
}
