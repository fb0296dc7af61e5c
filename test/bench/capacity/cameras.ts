/** Simulated cameras in processes of their own, so that what they cost is told apart from what is measured. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { CameraMessage, CameraState } from './camera/server.js'

const SERVER = fileURLToPath(new URL('./camera/server.js', import.meta.url))
/** Of the address of a stream where there are no cameras, and nobody connects. */
const NO_PORT = 9
const ANSWER_TIMEOUT_MS = 5000

export interface Cameras {
  pids: readonly number[]
  /** Of the camera of that number, 0 and up; its path is its name. */
  url(camera: number, name: string): string
  /** Of all processes together. */
  state(): Promise<CameraState>
  close(): void
}

/**
 * @param clip H.264 as annex B.
 * @param processes 0: there are addresses, but nobody answers.
 */
export async function startCameras(
  clip: string,
  fps: number,
  count: number,
  processes: number,
): Promise<Cameras> {
  const each = Math.ceil(count / processes)
  const servers = Array.from({ length: processes }, (_, i) =>
    serverOf(
      fork(SERVER, [clip, String(fps), String(i * each)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
    ),
  )
  const ports = await Promise.all(
    servers.map(async server => ((await heard(server)) as { port: number }).port),
  )
  return {
    pids: servers.map(({ child }) => child.pid as number),
    url: (camera, name) => `rtsp://127.0.0.1:${ports[camera % processes] ?? NO_PORT}/${name}`,
    async state() {
      return sumOf(await Promise.all(servers.map(stateOf)))
    },
    close(): void {
      for (const { child } of servers) child.kill('SIGKILL')
    },
  }
}

interface Server {
  child: ChildProcess
  /** Rejects when the process ends. */
  ended: Promise<never>
}

function serverOf(child: ChildProcess): Server {
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`a process of cameras ended with ${code ?? signal}`)
  })
  ended.catch(() => undefined) // told to whoever next waits for it
  return { child, ended }
}

async function heard({ child, ended }: Server): Promise<CameraMessage> {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
  const [message] = await Promise.race([answer, ended])
  return message as CameraMessage
}

function stateOf(server: Server): Promise<CameraState> {
  const answer = heard(server)
  server.child.send({})
  return answer as Promise<CameraState>
}

function sumOf(states: readonly CameraState[]): CameraState {
  return {
    clients: states.flatMap(({ clients }) => clients),
    packetsLost: states.reduce((sum, { packetsLost }) => sum + packetsLost, 0),
    latestMs: Math.max(0, ...states.map(({ latestMs }) => latestMs)),
  }
}
