/**
 * Everything that `up` runs on this machine, started and stopped in order.
 *
 *   start    data folder → lock → port → Redis → ingest, infer, publish → /healthz → run file → address
 *
 *   close    what            how                                   at most
 *     1      run file        removed: commands find nothing           –
 *     2      ingest          SIGTERM; decoders end, rings rest     2.3 s
 *     3      infer           SIGTERM; last batch, slab removed     2.3 s
 *     4      publish         SIGTERM; clients get 1001             2.3 s
 *     5      slab files      what a killed infer left                 –
 *     6      Redis           SIGTERM; snapshot written             1.5 s
 *     7      lock            removed: the next `up` may start         –
 *
 * A step that overruns ends in SIGKILL of that child's process group, and the cascade goes on. A second Ctrl-C
 * kills every group at once. If this process itself is killed, the kernel kills the children (see bound-process).
 */
import fs from 'node:fs'
import type { Config } from '../../config/schema.js'
import { RingsideError } from '../../shared/errors.js'
import { makeFolder } from '../../shared/folder.js'
import { stages } from '../../shared/process/report.js'
import { httpUrl } from '../client/address.js'
import { freshToken, stageEnvironment } from './environment.js'
import type { Output } from './output.js'
import { claimPort } from './port.js'
import { type PrivateRedis, startPrivateRedis } from './private-redis.js'
import { waitUntilOk } from './readiness.js'
import { removeRunFile, runDir, writeRunFile } from './run-file.js'
import { mappedSlabFiles, removeFiles } from './slab-files.js'
import { StageProcess } from './stage-process.js'
import { takeUpLock } from './up-lock.js'

const STAGE_GRACE_MS = 2300
const REDIS_GRACE_MS = 1500

export interface Running {
  url: string
  token: string
}

export class Supervisor {
  readonly #config: Config
  readonly #output: Output
  readonly #stopping = new AbortController()
  #failure: RingsideError | null = null
  #unlock: (() => void) | null = null
  #redis: PrivateRedis | null = null
  #stages: StageProcess[] = []
  #closing: Promise<void> | null = null

  constructor(config: Config, output: Output) {
    this.#config = config
    this.#output = output
  }

  /** Aborted once it stops, by request or by a fault; `failure` tells which. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }
  get failure(): RingsideError | null {
    return this.#failure
  }

  /** @returns null where it was stopped before publish answered. */
  async start(): Promise<Running | null> {
    const { dataDir, server, redis } = this.#config
    makeDataDir(dataDir)
    this.#unlock = takeUpLock(dataDir)
    const port = await claimPort(server.host, server.port)
    const redisUrl = redis.url || (await this.#startRedis())
    const token = server.token || freshToken()
    this.#startStages(stageEnvironment({ redisUrl, token, port, dataDir }))
    const url = httpUrl(server.host, port)
    if (!(await waitUntilOk(`${url}/healthz`, this.stopping))) return null
    writeRunFile(dataDir, { url, token, pid: process.pid })
    return { url, token }
  }

  /** Asks for an end; `fault` is why, where nobody asked. */
  stop(fault: RingsideError | null = null): void {
    if (this.stopping.aborted) return
    this.#failure = fault
    this.#stopping.abort()
  }

  /** The cascade above. Idempotent. */
  close(): Promise<void> {
    this.stop()
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** At once: nothing is saved, nothing is left running. */
  kill(): void {
    const slabFiles = this.#slabFiles()
    for (const stage of this.#stages) stage.kill()
    this.#redis?.kill()
    removeFiles(slabFiles)
    this.#removeTraces()
  }

  async #startRedis(): Promise<string> {
    const { dataDir, redis } = this.#config
    this.#redis = await startPrivateRedis({ dataDir, serverPath: redis.serverPath }, this.#output)
    void this.#redis.ended.then(fault => this.stop(fault))
    return this.#redis.url
  }

  #startStages(environment: NodeJS.ProcessEnv): void {
    if (this.stopping.aborted) return
    this.#stages = stages.map(
      stage => new StageProcess(stage, environment, this.#output, fault => this.stop(fault)),
    )
    for (const stage of this.#stages) stage.start()
  }

  async #close(): Promise<void> {
    if (this.#unlock) removeRunFile(this.#config.dataDir)
    const slabFiles = this.#slabFiles()
    for (const stage of this.#stages) {
      slabFiles.push(...this.#slabFiles()) // infer may have loaded a model since
      if (!(await stage.stop(STAGE_GRACE_MS)))
        this.#output.warn(`${stage.stage} did not end within ${STAGE_GRACE_MS} ms and was killed`)
    }
    removeFiles(slabFiles)
    if (this.#redis && !(await this.#redis.stop(REDIS_GRACE_MS)))
      this.#output.warn(`redis did not end within ${REDIS_GRACE_MS} ms and was killed`)
    this.#removeTraces()
  }

  /** Asked while the stages still live: infer and ingest both map it. */
  #slabFiles(): string[] {
    return this.#stages.flatMap(({ pid }) => (pid ? mappedSlabFiles(pid, this.#config.slab.dir) : []))
  }

  /** Of ours only: without the lock, another `up` owns what lies there. */
  #removeTraces(): void {
    if (!this.#unlock) return
    removeRunFile(this.#config.dataDir)
    this.#unlock()
    this.#unlock = null
  }
}

function makeDataDir(dataDir: string): void {
  try {
    makeFolder(runDir(dataDir), 0o700)
    fs.accessSync(runDir(dataDir), fs.constants.W_OK)
  } catch (cause) {
    throw new RingsideError(
      'invalid_config',
      `The data folder cannot be written: ${(cause as Error).message}`,
      {
        key: 'dataDir',
        value: dataDir,
        remedy: 'Set RINGSIDE_DATA_DIR to a folder that this user may write.',
        cause,
      },
    )
  }
}
