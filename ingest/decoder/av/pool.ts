/**
 * The decoder processes of one kind, and which streams go to which: to the one with the fewest, while that has room, else
 * to a new one. A process with no stream is kept for a while, since a camera that reconnects finds its device open there.
 */
import type { Log } from '../../../shared/log.js'
import { type AvDevice, AvProcess } from './process.js'

/** A process without a stream lives on for this long; a CUDA context takes long to open, software takes none. */
const IDLE_MS = { software: 2000, cuda: 60_000 } as const
/** What cannot be had now may be later: a driver that is being installed, memory that was short. */
const RETRY_MS = 60_000

export class AvPool {
  readonly #device: AvDevice
  readonly #maxStreams: number
  readonly #log: Log
  /** Each with the timer that ends it, while it has no stream. */
  readonly #processes = new Map<AvProcess, NodeJS.Timeout | null>()
  #unavailable: { why: string; untilMs: number } | null = null

  constructor(device: AvDevice, maxStreams: number, log: Log) {
    this.#device = device
    this.#maxStreams = maxStreams
    this.#log = log
  }

  pids(): number[] {
    return [...this.#processes.keys()].flatMap(({ pid }) => pid ?? [])
  }

  /** Starts the first process where there is none. @returns why these decoders cannot be had, null where they can. */
  async unavailable(): Promise<string | null> {
    if (this.#unavailable && performance.now() < this.#unavailable.untilMs) return this.#unavailable.why
    const why = await this.#emptiest().ready
    this.#unavailable = why === null ? null : { why, untilMs: performance.now() + RETRY_MS }
    return why
  }

  /** A process with room for a stream, which the caller starts there at once. */
  take(): AvProcess {
    const emptiest = this.#emptiest()
    const process = emptiest.streams < this.#maxStreams ? emptiest : this.#spawn()
    clearTimeout(this.#processes.get(process) ?? undefined)
    return process
  }

  /** Call after a stream of the process has ended. */
  released(process: AvProcess): void {
    if (process.streams > 0 || process.closing) return
    clearTimeout(this.#processes.get(process) ?? undefined)
    const timer = setTimeout(() => process.close(), IDLE_MS[this.#device.kind])
    this.#processes.set(process, timer.unref())
  }

  /** Resolves when none runs. */
  async close(): Promise<void> {
    const all = [...this.#processes.keys()]
    for (const process of all) process.close()
    const timer = setTimeout(() => {
      for (const process of all) process.kill()
    }, 500)
    await Promise.all(all.map(({ exited }) => exited))
    clearTimeout(timer)
  }

  #emptiest(): AvProcess {
    let emptiest: AvProcess | null = null
    for (const process of this.#processes.keys())
      if (!process.closing && (!emptiest || process.streams < emptiest.streams)) emptiest = process
    return emptiest ?? this.#spawn()
  }

  #spawn(): AvProcess {
    const process = new AvProcess(this.#device, this.#maxStreams, this.#log)
    this.#processes.set(process, null)
    void process.ready.then(() => this.released(process)) // it may have been started for a look only
    void process.exited.then(() => this.#processes.delete(process))
    return process
  }
}
