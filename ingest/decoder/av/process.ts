/** One decoder process, seen from ingest: started so that it dies with us, given streams, ended within a bounded time. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../../../shared/errors.js'
import { makeFolder } from '../../../shared/folder.js'
import type { Log } from '../../../shared/log.js'
import { compiledModule } from '../../../shared/process/compiled.js'
import { redactText } from '../../../shared/secrets/redact.js'
import { environment, withParentDeath } from '../process.js'
import type { FromDecoder, StartOrder, ToDecoder } from './protocol.js'

/** Each stream may block one thread in reading while another decodes; the rest open and resolve names. */
const THREADS_PER_STREAM = 2
const SPARE_THREADS = 8
/** Its JavaScript holds no pixels. */
const HEAP_MB = 128
/** glibc gives every thread a heap of its own, which keeps what reconnects leave: a few are enough. */
const MALLOC_ARENAS = 4

export type AvDevice =
  | { kind: 'software' }
  | {
      kind: 'cuda'
      ordinal: number
      /**
       * Where the driver keeps what it compiles. Without one each stream has `scale_cuda` compiled anew, for seconds in which all
       * others of its process wait.
       */
      kernelsDir: string
    }

/** What a stream hears of its process. */
export interface StreamListener {
  message(message: Exclude<FromDecoder, { kind: 'ready' | 'unavailable' | 'log' }>): void
  /** The process is gone, and with it the stream. */
  crashed(): void
}

export class AvProcess {
  /** Resolves with null when it can decode, or with why it cannot. */
  readonly ready: Promise<string | null>
  readonly exited: Promise<void>
  readonly #child: ChildProcess
  readonly #log: Log
  readonly #streams = new Map<number, StreamListener>()
  #nextId = 1
  #gone = false
  #closing = false

  constructor(device: AvDevice, maxStreams: number, log: Log) {
    this.#log = log
    this.#child = spawnDecoder(device, maxStreams, log)
    this.exited = new Promise(resolve => {
      this.#child.once('exit', () => resolve())
      this.#child.once('error', () => resolve())
    })
    this.ready = this.#readiness()
    this.#child.on('message', (message: FromDecoder) => this.#hear(message))
    this.#child.stderr?.on('data', chunk => this.#log.warn({ decoder: redactText(String(chunk)) }, 'decoder'))
    void this.exited.then(() => this.#end())
  }

  get pid(): number | null {
    return this.#child.pid ?? null
  }

  get streams(): number {
    return this.#streams.size
  }

  /** Gone, or about to be: it takes no stream. */
  get closing(): boolean {
    return this.#closing || this.#gone
  }

  /** @returns the stream's id in this process. */
  start(order: Omit<StartOrder, 'kind' | 'id'>, listener: StreamListener): number {
    const id = this.#nextId++
    this.#streams.set(id, listener)
    this.send({ kind: 'start', id, ...order })
    return id
  }

  send(message: ToDecoder): void {
    if (!this.#gone && this.#child.connected) this.#child.send(message, () => undefined) // its exit tells of a failure
  }

  /** A decoder that does not answer: all its streams hear that it crashed. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Ends it once nothing is decoded. Idempotent. */
  close(): void {
    this.#closing = true
    if (this.#child.connected) this.#child.disconnect()
  }

  #hear(message: FromDecoder): void {
    if (message.kind === 'log') this.#log.debug({ decoder: message.text }, 'decoder')
    if (!('id' in message)) return
    const listener = this.#streams.get(message.id)
    if (message.kind === 'ended') this.#streams.delete(message.id)
    listener?.message(message)
  }

  #readiness(): Promise<string | null> {
    return new Promise(resolve => {
      this.#child.on('message', (message: FromDecoder) => {
        if (message.kind === 'ready') resolve(null)
        else if (message.kind === 'unavailable') resolve(message.why)
      })
      void this.exited.then(() => resolve('The decoder process ended while it started.'))
    })
  }

  #end(): void {
    this.#gone = true
    const victims = [...this.#streams.values()]
    this.#streams.clear()
    for (const listener of victims) listener.crashed()
  }
}

/** Without it streams come up slowly, and run all the same. */
function makeKernelsDir(dir: string, log: Log): void {
  try {
    makeFolder(dir)
  } catch (error) {
    log.warn({ dir, reason: messageOf(error) }, 'compiled GPU kernels cannot be kept')
  }
}

function spawnDecoder(device: AvDevice, maxStreams: number, log: Log): ChildProcess {
  const module = fileURLToPath(compiledModule(import.meta.url, './main.js'))
  const args = [
    `--max-old-space-size=${HEAP_MB}`,
    module,
    device.kind === 'cuda' ? String(device.ordinal) : '-',
  ]
  const [file, all] = withParentDeath(process.execPath, args, log)
  if (device.kind === 'cuda') makeKernelsDir(device.kernelsDir, log)
  const child = spawn(file, all, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    cwd: '/',
    env: {
      ...environment(),
      ...(process.env.CUDA_VISIBLE_DEVICES && { CUDA_VISIBLE_DEVICES: process.env.CUDA_VISIBLE_DEVICES }),
      ...(device.kind === 'cuda' && { CUDA_CACHE_PATH: device.kernelsDir }),
      UV_THREADPOOL_SIZE: String(maxStreams * THREADS_PER_STREAM + SPARE_THREADS),
      MALLOC_ARENA_MAX: String(MALLOC_ARENAS),
    },
  })
  child.on('error', error => log.error({ err: error }, 'a decoder process could not be started'))
  return child
}
