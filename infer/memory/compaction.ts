/**
 * Compacts this device's memory between two batches, and tells what that gave and what it cost.
 *
 * - CPU: malloc gives back the free pages of its heaps (`malloc_trim`), about a millisecond with nothing running. What stays lies on
 *   pages beside used blocks. ONNX Runtime's arena is no part of that: its blocks are mappings, given back when a session ends.
 * - GPU: an arena must not shrink while captured graphs name its memory, so the session that grew since its load is made anew.
 *   Where none grew nothing would be gained: a load takes what it takes.
 * - A model named by an operator is made anew in any case.
 */
import { monotonicMs } from '../../shared/clock.js'
import type { Log } from '../../shared/log.js'
import { type CompactionReport, fragmentationOf, type MemorySample } from '../../shared/memory/timeline.js'
import type { DeviceKind } from '../tune.js'
import type { DeviceTurn } from '../turn.js'

type Did = Pick<CompactionReport, 'did' | 'model' | 'tookMs'>

export interface CompactorParts {
  kind: DeviceKind
  /** Reads afresh. */
  look(): Promise<MemorySample>
  /** Gives free heap back to the system. */
  trim(): void
  /** For which nothing else runs. */
  alone: DeviceTurn
  /** The model whose session is worth making anew; null: none. */
  grown(): string | null
  /** @returns false where it was not made anew. */
  rebuild(model: string, mayPause: boolean): Promise<boolean>
}

export interface Compacted {
  report: CompactionReport
  reservedBeforeBytes: number
}

export class Compactor {
  constructor(
    private readonly parts: CompactorParts,
    private readonly log: Log,
  ) {}

  /** @param model made anew; null: whatever the device needs. */
  async compact(why: CompactionReport['why'], model: string | null): Promise<Compacted> {
    const before = await this.parts.look()
    const did = await this.#act(why, model)
    const after = await this.parts.look()
    const report: CompactionReport = {
      atMs: after.atMs,
      device: after.device,
      why,
      ...did,
      freedBytes: Math.max(0, (before.reservedBytes ?? 0) - (after.reservedBytes ?? 0)),
      fragmentationBefore: fragmentationOf(before),
      fragmentationAfter: fragmentationOf(after),
    }
    const isNews = did.did !== 'nothing' || why === 'operator'
    this.log[isNews ? 'info' : 'debug'](report, 'memory compacted')
    return { report, reservedBeforeBytes: before.reservedBytes ?? 0 }
  }

  #act(why: CompactionReport['why'], model: string | null): Promise<Did> {
    if (model === null && this.parts.kind === 'cpu') return this.#shrink()
    return this.#rebuild(model ?? this.parts.grown(), why === 'operator')
  }

  async #shrink(): Promise<Did> {
    const { alone, trim } = this.parts
    await new Promise<void>(resolve => alone.enter(resolve))
    const startedMs = monotonicMs()
    try {
      trim()
    } finally {
      alone.leave()
    }
    return { did: 'shrunk', model: null, tookMs: monotonicMs() - startedMs }
  }

  async #rebuild(model: string | null, mayPause: boolean): Promise<Did> {
    const startedMs = monotonicMs()
    const rebuilt = model !== null && (await this.parts.rebuild(model, mayPause))
    return { did: rebuilt ? 'rebuilt' : 'nothing', model, tookMs: monotonicMs() - startedMs }
  }
}
