/**
 * The newest sample of this process's GPU, once a second, for the heartbeat. A host without a GPU has none, and one line in the log.
 *
 * Nothing of it touches the event loop that serves frames: NVML is asked in a thread of its own.
 */
import { Worker } from 'node:worker_threads'
import { monotonicMs, sleep } from '../../shared/clock.js'
import type { Log } from '../../shared/log.js'
import { compiledModule } from '../../shared/process/compiled.js'
import type { GpuReport } from '../../shared/process/gpu-report.js'
import type { GpuAddress, SamplerData, SamplerMessage, SamplerRequest } from './protocol.js'
import type { Refusal } from './sample.js'

const PERIOD_MS = 1000
/** A sample older than this tells nothing of now: the driver does not answer. In periods. */
const STALE_PERIODS = 5
/** A thread that waits for a driver in trouble is left to the end of the process. */
const CLOSE_GRACE_MS = 1000

export interface SamplerOptions {
  gpu: GpuAddress
  periodMs?: number
  library?: string
}

export class GpuSampler {
  readonly #worker: Worker
  readonly #ended: Promise<void>
  readonly #staleMs: number
  readonly #told = new Set<string>()
  #newest: { report: GpuReport; atMonoMs: number } | null = null
  /** Why there is no sample; null while there are. */
  #silence: string | null = 'it starts'
  #closed = false

  constructor(
    { gpu, periodMs = PERIOD_MS, library = 'libnvidia-ml.so.1' }: SamplerOptions,
    private readonly log: Log,
  ) {
    const workerData: SamplerData = { gpu, periodMs, library }
    this.#staleMs = STALE_PERIODS * periodMs
    this.#worker = new Worker(compiledModule(import.meta.url, './sampler-worker.js'), { workerData })
    this.#ended = new Promise(resolve => this.#worker.once('exit', () => resolve()))
    this.#worker.on('message', (message: SamplerMessage) => this.#receive(message))
    this.#worker.on('error', error => log.error({ err: error }, 'the GPU is no longer sampled'))
    this.#worker.unref()
  }

  /** null where there is no GPU, or where it has not answered for five periods. */
  report(): GpuReport | null {
    const fresh = this.#newest && monotonicMs() - this.#newest.atMonoMs <= this.#staleMs
    return fresh ? (this.#newest?.report ?? null) : null
  }

  /** Idempotent; ends within a second. */
  async close(): Promise<void> {
    if (!this.#closed) this.#worker.postMessage({ kind: 'close' } satisfies SamplerRequest)
    this.#closed = true
    const ended = new AbortController()
    await Promise.race([this.#ended, sleep(CLOSE_GRACE_MS, ended.signal)])
    ended.abort()
  }

  #receive(message: SamplerMessage): void {
    if (message.kind === 'sample') this.#sampled(message.report, message.refusals)
    else if (message.kind === 'failed') this.#failed(message.reason)
    else this.log.info({ reason: message.reason }, 'no GPU is sampled')
  }

  #sampled(report: GpuReport, refusals: readonly Refusal[]): void {
    const { name, driver, pciBusId } = report
    if (this.#silence !== null) this.log.info({ gpu: name, driver, pciBusId }, 'the GPU is sampled')
    this.#silence = null
    this.#newest = { report, atMonoMs: monotonicMs() }
    for (const { call, reason, unsupported } of refusals) {
      const level = unsupported ? 'debug' : 'warn'
      this.#tellOnce(reason, () => this.log[level]({ call, reason }, 'the GPU does not tell a figure'))
    }
  }

  #failed(reason: string): void {
    if (this.#silence !== reason) this.log.warn({ reason }, 'the GPU does not answer')
    this.#silence = reason
    this.#newest = null
  }

  /** What repeats each second is told once. */
  #tellOnce(what: string, tell: () => void): void {
    if (this.#told.has(what)) return
    this.#told.add(what)
    tell()
  }
}
