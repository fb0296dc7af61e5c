/** Asks whatever listens on a Unix socket whether it is a Redis that serves, in two lines of its protocol: no client is open yet. */
import net from 'node:net'

const TIMEOUT_MS = 1000

/** @returns the process id of the Redis that answers, or null: nobody, or still loading. */
export function redisPid(socketPath: string): Promise<number | null> {
  return new Promise(resolve => {
    let answer = ''
    const socket = net.connect(socketPath)
    const end = (pid: number | null): void => {
      socket.destroy()
      resolve(pid)
    }
    socket.setTimeout(TIMEOUT_MS, () => end(null))
    socket.on('error', () => end(null))
    socket.on('end', () => end(null))
    socket.on('connect', () => socket.write('PING\r\nINFO server\r\n'))
    socket.on('data', chunk => {
      answer += chunk.toString('latin1')
      if (answer.startsWith('-')) return end(null)
      const pid = /process_id:(\d+)\r\n/.exec(answer)
      if (answer.startsWith('+PONG') && pid) end(Number(pid[1]))
    })
  })
}
