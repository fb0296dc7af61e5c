/** A real RTSP camera as a child process (`gst-camera.py`), and a relay before it that can fall silent without hanging up. */
import { type ChildProcess, spawn } from 'node:child_process'
import net from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./gst-camera.py', import.meta.url))

export interface CameraOptions {
  port?: number
  codec?: 'h264' | 'h265' | 'mjpeg' | 'raw'
  width?: number
  height?: number
  fps?: number
  /** Frames from one key frame to the next. */
  gop?: number
  file?: string
  audioOnly?: boolean
  user?: string
  password?: string
}

export interface Camera {
  port: number
  /** Without credentials. */
  url: string
  process: ChildProcess
  /** SIGKILL, as when its plug is pulled. */
  kill(): Promise<void>
}

/** Debian's python has the GStreamer bindings, whatever other python comes first on PATH. */
export async function startCamera(options: CameraOptions = {}): Promise<Camera> {
  const flags = Object.entries(options).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
    return value === true ? [flag] : [flag, String(value)]
  })
  const child = spawn('/usr/bin/python3', [script, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', chunk => {
    errors += chunk
  })
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', line => resolve(JSON.parse(line).port))
    child.once('exit', code => reject(new Error(`gst-camera.py ended with ${code}: ${errors}`)))
    child.once('error', reject)
  })
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  return {
    port,
    url: `rtsp://127.0.0.1:${port}/cam`,
    process: child,
    async kill(): Promise<void> {
      child.kill('SIGKILL')
      await gone
    },
  }
}

export interface Relay {
  port: number
  /** From now on bytes are swallowed, and connections stay open. */
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

/**
 * A TCP relay: RTSP with interleaved RTP passes whole, until it is frozen.
 * @param maxClients further connections are dropped, as by cameras that serve one client only.
 */
export async function startRelay(targetPort: number, maxClients?: number): Promise<Relay> {
  let frozen = false
  const sockets = new Set<net.Socket>()
  const join = (from: net.Socket, to: net.Socket): void => {
    sockets.add(from)
    from.on('data', chunk => {
      if (!frozen) to.write(chunk)
    })
    from.on('close', () => to.destroy())
    from.on('error', () => to.destroy())
  }
  const server = net.createServer(client => {
    const camera = net.connect(targetPort, '127.0.0.1')
    join(client, camera)
    join(camera, client)
  })
  if (maxClients !== undefined) server.maxConnections = maxClients
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as net.AddressInfo).port,
    freeze: () => {
      frozen = true
    },
    thaw: () => {
      frozen = false
    },
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
