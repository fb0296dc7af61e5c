/** One model of the device, from the moment that a stream wants it: what is known of it, whether it runs, and why not. Only the host changes it. */
import { monotonicMs, wallMs } from '../../shared/clock.js'
import type {
  HostedEngineReport,
  HostedModelReport,
  HostedModelState,
  ModelDeviceMemory,
} from '../../shared/process/report.js'
import type { StateReason } from '../../shared/stream/stream.js'
import type { Inference, LoadedModel } from '../inference.js'
import type { HeldBytes } from '../memory/held.js'
import type { Bytes } from './bytes.js'

/** A model in memory that nothing infers with yet. */
export interface Loaded {
  loaded: LoadedModel
  charged: Bytes
  held: HeldBytes
}

/** What is there while the model is in memory. */
export interface RunningModel extends Loaded {
  inference: Inference
}

const RETRY_BASE_MS = 1000
const RETRY_CAP_MS = 60_000

export class HostedModel {
  /** Enabled streams that want it. */
  streams = 0
  /** When a stream wanted it, or a frame came out of it, last (`monotonicMs()`). */
  lastUsedMonoMs = monotonicMs()
  running: RunningModel | null = null
  /** Whether a load is under way. */
  loading = false
  /** Why it is not served. */
  reason: StateReason | null = null
  /** Worked out before it was loaded; null before it was looked into. */
  estimated: Bytes | null = null
  /** null where it never was loaded on this machine. */
  measured: Bytes | null = null
  #failures = 0
  #retryAtMs = 0
  #framesSeen = 0

  constructor(
    readonly name: string,
    readonly isDefault: boolean,
  ) {}

  get inUse(): boolean {
    return this.isDefault || this.streams > 0
  }

  /** A stream whose new model cannot be served still writes to its old one: that is use too. */
  look(nowMs: number): void {
    const frames = this.running?.inference.stats.framesInferred ?? 0
    if (this.inUse || frames > this.#framesSeen) this.lastUsedMonoMs = nowMs
    this.#framesSeen = frames
  }

  /** Streams want it, nothing is under way, and it is time. */
  isDue(nowMs: number): boolean {
    return this.inUse && !this.running && !this.loading && nowMs >= this.#retryAtMs
  }

  failed(reason: StateReason, nowMs: number): void {
    this.reason = reason
    this.#retryAtMs = nowMs + Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(this.#failures++, 16))
  }

  /** Something changed that may have mended it: it is tried at once. */
  nudge(): void {
    this.#failures = 0
    this.#retryAtMs = 0
  }

  serves(running: RunningModel): void {
    this.running = running
    this.reason = null
    this.#failures = 0
  }

  report(): HostedModelReport {
    const model = this.running?.loaded.model
    const stats = this.running?.inference.stats
    return {
      name: this.name,
      digest: model?.digest ?? null,
      state: this.#state(),
      reason: this.reason,
      streams: this.streams,
      chargedBytes: this.running?.charged.host ?? 0,
      estimatedBytes: this.estimated?.host ?? null,
      measuredBytes: this.measured?.host ?? null,
      deviceMemory: this.#deviceMemory(),
      inputWidthPx: model?.widthPx ?? null,
      inputHeightPx: model?.heightPx ?? null,
      classes: model?.classes ?? [],
      buckets: [...(this.running?.inference.runMs.keys() ?? [])],
      batchWindowMs: this.running?.inference.windowMs ?? null,
      batches: stats?.batches ?? 0,
      framesInferred: stats?.framesInferred ?? 0,
      fill: stats?.bucketFrames ? stats.framesInferred / stats.bucketFrames : 0,
      tookBytes: this.running && tookBytes(this.running),
      bucketRuns: stats?.bucketRuns ?? [],
      busyMs: stats?.busyMs ?? 0,
      lastUsedAtMs: Math.round(wallMs() - (monotonicMs() - this.lastUsedMonoMs)),
      engine: this.running && engineReport(this.running.loaded),
    }
  }

  /** On a CPU nothing is estimated to take any. */
  #deviceMemory(): ModelDeviceMemory | null {
    const { running, estimated, measured } = this
    if (!estimated?.device) return null
    return {
      chargedBytes: running?.charged.device ?? 0,
      estimatedBytes: estimated.device,
      measuredBytes: measured?.device ?? null,
    }
  }

  #state(): HostedModelState {
    if (this.running) return this.streams > 0 ? 'loaded' : 'idle'
    return this.loading && !this.reason ? 'loading' : 'failed'
  }
}

/** On a CPU an engine takes none of a device. */
function tookBytes({ loaded, held }: RunningModel): number {
  return loaded.engineInfo.deviceBytes || held.hostBytes
}

function engineReport({ engine, engineInfo }: LoadedModel): HostedEngineReport {
  const { provider, maxInFlight, deviceBytes, refusedBuckets } = engineInfo
  return {
    provider,
    maxInFlight,
    deviceBytes,
    refusedBuckets: [...refusedBuckets].map(([bucket, reason]) => ({ bucket, reason })),
    arena: engine.stats(),
  }
}
