/** The real publish process, fed through Redis by hand: what ingest and infer would report and publish, said by a test. */

import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Detection, DetectionsMessage, PictureHeader } from '../../shared/detection/message.js'
import { encodePicture } from '../../shared/detection/message.js'
import { createLog } from '../../shared/log.js'
import { compiledModule } from '../../shared/process/compiled.js'
import type { InferDetail } from '../../shared/process/report.js'
import type { RedisConnection } from '../../shared/redis/connection.js'
import { createControlWorker, type ProbeResult } from '../../shared/redis/control-queue.js'
import { createModelWorker, type RunJob } from '../../shared/redis/model-worker.js'
import { addDetections } from '../../shared/redis/publish-streams.js'
import { Reports } from '../../shared/redis/reports.js'
import type { InferReport, IngestReport } from '../../shared/stream/stream.js'
import { freePort } from './free-port.js'
import { startRedis, type TestRedis } from './redis-server.js'
import { MODEL, processReport, quietInfer, quietIngest } from './stage-reports.js'

/** A stage's module exports `main`; this is all that `ringside publish` does with it. */
const program = `import { main } from ${JSON.stringify(compiledModule(import.meta.url, '../../publish/main.js').href)}; await main()`
export const TOKEN = 'a-token-for-the-test-of-the-dashboard'
const HEARTBEAT_MS = 500
const START_TIMEOUT_MS = 15_000
const silent = createLog({ level: 'silent', name: 'test' })

export interface FrameTold {
  stream: string
  epoch: number
  seq: number
  width: number
  height: number
  /** The default where it is absent. */
  model?: string
}

export class FedPublish {
  readonly #reported = new Map<string, { ingest: Partial<IngestReport>; infer: Partial<InferReport> }>()
  readonly reports: Reports
  #infer: Partial<InferDetail> = {}
  #heartbeat: NodeJS.Timeout | undefined

  #child: ChildProcess | null = null
  readonly #workers: { close(): Promise<void> }[] = []

  private constructor(
    readonly url: string,
    readonly connection: RedisConnection,
    readonly redis: TestRedis,
    readonly dataDir: string,
  ) {
    this.reports = new Reports(connection.redis, connection.keys)
  }

  static async start(): Promise<FedPublish> {
    const redis = await startRedis()
    const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-dashboard-'))
    const fed = new FedPublish(`http://127.0.0.1:${await freePort()}`, redis.connect(), redis, dataDir)
    await fed.#beat()
    fed.#heartbeat = setInterval(() => void fed.#beat(), HEARTBEAT_MS)
    await fed.startPublish()
    return fed
  }

  /** Resolves once it answers. */
  async startPublish(): Promise<void> {
    const log = fs.openSync(path.join(this.dataDir, 'publish.log'), 'a')
    const environment = {
      ...process.env,
      REDIS_URL: this.redis.url,
      RINGSIDE_TOKEN: TOKEN,
      RINGSIDE_HOST: '127.0.0.1',
      RINGSIDE_PORT: new URL(this.url).port,
      RINGSIDE_DATA_DIR: this.dataDir,
    }
    const command = ['--input-type=module', '--eval', program]
    this.#child = spawn(process.execPath, command, { env: environment, stdio: ['ignore', log, log] })
    fs.closeSync(log)
    await this.#answers(this.#child)
  }

  async stopPublish(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }

  /** Answers each test of a camera as ingest would. */
  answerProbes(answer: () => ProbeResult): void {
    const handlers = { reconcile: async () => undefined, probe: async () => answer() }
    this.#workers.push(createControlWorker(this.connection, handlers, silent))
  }

  /** Does model jobs as infer would. */
  doModelJobs(run: RunJob): void {
    this.#workers.push(createModelWorker(this.connection, run, silent))
  }

  /** What the infer process says of itself from now on. */
  async tellInfer(detail: Partial<InferDetail>): Promise<void> {
    this.#infer = { ...this.#infer, ...detail }
    await this.#beat()
  }

  /** A REST call with the token, as a program makes it. */
  api(method: string, route: string, body?: unknown): Promise<Response> {
    return fetch(`${this.url}/api/v1${route}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }

  /** Registers a stream through REST, and reports it from now on. */
  async addStream(
    id: string,
    ingest: Partial<IngestReport>,
    infer: Partial<InferReport> = {},
  ): Promise<void> {
    const answer = await this.api('POST', '/streams', { id, url: `rtsp://admin:hunter2@192.0.2.7:554/${id}` })
    if (answer.status !== 201)
      throw new Error(`Adding ${id} was answered ${answer.status}: ${await answer.text()}`)
    this.#reported.set(id, { ingest, infer })
    await this.#beat()
  }

  async tellDetections(frame: FrameTold, detections: Detection[]): Promise<void> {
    const message: DetectionsMessage = {
      type: 'detections',
      v: 1,
      stream: frame.stream,
      epoch: frame.epoch,
      seq: frame.seq,
      capturedAt: Date.now(),
      frame: { width: frame.width, height: frame.height },
      model: frame.model ?? MODEL,
      detections,
      timing: { decodeMs: 8, queueMs: 2, batchMs: 1, inferMs: 12, postMs: 0.5, totalMs: 17 },
    }
    await addDetections(this.connection.redis, this.connection.keys, frame.stream, JSON.stringify(message))
  }

  async tellPicture(frame: FrameTold, jpeg: Uint8Array): Promise<void> {
    const header: PictureHeader = {
      type: 'picture',
      v: 1,
      stream: frame.stream,
      epoch: frame.epoch,
      seq: frame.seq,
      capturedAt: Date.now(),
      frame: { width: frame.width, height: frame.height },
      mime: 'image/jpeg',
    }
    await this.connection.redis.publish(
      this.connection.keys.picture(frame.stream),
      encodePicture(header, jpeg),
    )
  }

  /** Whether somebody wants pictures of the stream now. */
  async isWatched(stream: string): Promise<boolean> {
    const until = await this.connection.redis.zscore(this.connection.keys.watched, stream)
    return until !== null && Number(until) > Date.now()
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat)
    await this.stopPublish()
    await Promise.all(this.#workers.map(worker => worker.close()))
    await this.redis.close()
    fs.rmSync(this.dataDir, { recursive: true, force: true })
  }

  async #beat(): Promise<void> {
    await this.reports.writeProcess(processReport('ingest'))
    const infer = processReport('infer')
    await this.reports.writeProcess({ ...infer, detail: { ...infer.detail, ...this.#infer } as InferDetail })
    for (const [id, { ingest, infer }] of this.#reported) {
      await this.reports.writeIngest(id, { ...quietIngest, ...ingest, atMs: Date.now() })
      await this.reports.writeInfer(id, { ...quietInfer, ...infer, atMs: Date.now() })
    }
  }

  async #answers(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS
    while (Date.now() < deadline && child.exitCode === null) {
      const up = await fetch(`${this.url}/healthz`).then(
        answer => answer.ok,
        () => false, // it does not listen yet
      )
      if (up) return
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    const log = fs.readFileSync(path.join(this.dataDir, 'publish.log'), 'utf8')
    throw new Error(`publish does not answer at ${this.url}: is dist/ built?\n${log}`)
  }
}
