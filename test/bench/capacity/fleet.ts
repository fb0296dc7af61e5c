/** The streams of a capacity run: registered and removed over REST while everything runs on. */
import type { StreamList, StreamView } from '../../../shared/api/views.js'
import { sleep } from '../../../shared/clock.js'
import type { Stages } from '../../tools/stages.js'
import type { Cameras } from './cameras.js'

const AT_ONCE = 8
const POLL_MS = 500
/** Ingest starts 20 decoders a second; a GPU's decoder may take longer to open. */
const LIVE_BASE_MS = 15_000
const LIVE_EACH_MS = 150
/** Of the camera's rate: below it a stream counts as not running yet. */
const RUNNING_SHARE = 0.9

export class Fleet {
  #size = 0

  /** @param more fields of each stream beside id and url. */
  constructor(
    private readonly stages: Stages,
    private readonly cameras: Cameras,
    private readonly fps: number,
    private readonly more: Readonly<Record<string, unknown>>,
  ) {}

  get size(): number {
    return this.#size
  }

  async resize(size: number): Promise<void> {
    const numbers = (from: number, to: number): number[] =>
      Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
    await inParts(numbers(size, this.#size), camera => this.#send('DELETE', `/${nameOf(camera)}`))
    await inParts(numbers(this.#size, size), camera => this.#add(camera))
    this.#size = size
  }

  /** @returns null once every stream gives frames at its camera's rate, else what is wrong with those that don't. */
  async untilLive(): Promise<string | null> {
    const deadlineMs = performance.now() + LIVE_BASE_MS + LIVE_EACH_MS * this.#size
    for (;;) {
      const waiting = (await this.views()).filter(view => !this.#runs(view))
      if (waiting.length === 0) return null
      if (performance.now() > deadlineMs) return complaintOf(waiting)
      await sleep(POLL_MS)
    }
  }

  async views(): Promise<StreamView[]> {
    return (await this.stages.api<StreamList>('GET', '/api/v1/streams')).body.streams
  }

  #runs({ state, receivedFps }: StreamView): boolean {
    return state === 'live' && receivedFps >= this.fps * RUNNING_SHARE
  }

  async #add(camera: number): Promise<void> {
    const id = nameOf(camera)
    await this.#send('POST', '', { id, url: this.cameras.url(camera, id), ...this.more })
  }

  async #send(method: string, path: string, body?: unknown): Promise<void> {
    const answer = await this.stages.api(method, `/api/v1/streams${path}`, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
  }
}

export function nameOf(camera: number): string {
  return `cap-${String(camera + 1).padStart(3, '0')}`
}

function complaintOf(waiting: readonly StreamView[]): string {
  const [first] = waiting
  const why =
    first && `${first.id} is ${first.state} at ${first.receivedFps} fps, ${first.reason?.text ?? 'no reason'}`
  return `${waiting.length} streams do not run: ${why}`
}

async function inParts(numbers: readonly number[], work: (n: number) => Promise<void>): Promise<void> {
  const waiting = [...numbers]
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
