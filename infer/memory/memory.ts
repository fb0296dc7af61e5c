/** Puts together what an infer process does about memory: samples it, tells whose it is, compacts it when that is due or asked for. */
import type { Config } from '../../config/schema.js'
import { monotonicMs } from '../../shared/clock.js'
import { messageOf } from '../../shared/errors.js'
import type { CompactionReport, MemorySample } from '../../shared/memory/timeline.js'
import { trimHeap } from '../../shared/native/libc.js'
import type { CompactionTotals } from '../../shared/process/report.js'
import type { StageContext } from '../../shared/process/stage.js'
import { Allocations } from '../../shared/redis/allocations.js'
import { CompactionRequests } from '../../shared/redis/compaction-requests.js'
import { MemoryTimeline } from '../../shared/redis/memory-timeline.js'
import type { ModelHost } from '../host/host.js'
import { OneAtATime } from '../host/one-at-a-time.js'
import type { Turn } from '../turn.js'
import { type Compacted, Compactor } from './compaction.js'
import { CompactionRule } from './compaction-rule.js'
import { ArenaGrowth, type ModelArena } from './growth.js'
import { startMemorySampler } from './sampler.js'
import { MemoryView, type MemoryViewParts } from './view.js'

export interface MemoryParts extends Omit<MemoryViewParts, 'instance' | 'slabDir' | 'host'> {
  host: ModelHost
  turn: Turn
}

export interface Memory {
  /** What compactions gave and cost, since start. */
  readonly totals: CompactionTotals
  close(): Promise<void>
}

export function startMemory(config: Config, context: StageContext, parts: MemoryParts): Memory {
  const { connection, log, instance } = context
  const { redis, keys } = connection
  const isUp = (): boolean => redis.status === 'ready'
  const timeline = new MemoryTimeline(redis, keys)
  const requests = new CompactionRequests(redis, keys)
  const view = new MemoryView({ ...parts, instance, slabDir: config.slab.dir })
  const compactions = new Compactions(config, context, view, parts, timeline)
  const onSample = (sample: MemorySample): void => compactions.onSample(sample)
  const sampler = startMemorySampler(
    { view, timeline, allocations: new Allocations(redis, keys), isUp, onSample },
    log,
  )
  const asked = setInterval(() => {
    if (!isUp()) return
    requests
      .take(parts.facts.id)
      .then(request => request && compactions.compact('operator', request.model))
      .catch(error => log.warn({ reason: messageOf(error) }, 'a compaction that was asked for failed'))
  }, ASKED_PERIOD_MS)
  return {
    get totals() {
      return compactions.totals
    },
    async close(): Promise<void> {
      clearInterval(asked)
      await sampler.close()
    },
  }
}

const ASKED_PERIOD_MS = 500

/** One compaction after the other, counted and told. */
class Compactions {
  readonly totals: CompactionTotals = { shrunk: 0, rebuilt: 0, nothing: 0, freedBytes: 0, tookMs: 0 }
  readonly #rule: CompactionRule
  readonly #compactor: Compactor
  readonly #growth = new ArenaGrowth()
  readonly #turns = new OneAtATime()
  #automatic = false

  constructor(
    config: Config,
    private readonly context: StageContext,
    view: MemoryView,
    private readonly parts: MemoryParts,
    private readonly timeline: MemoryTimeline,
  ) {
    const { compactAtFragmentation: atFragmentation, compactEveryMs: everyMs } = config.memory
    const { host, turn, facts } = parts
    this.#rule = new CompactionRule({ atFragmentation, everyMs }, monotonicMs())
    const { log } = context
    const rebuild = (model: string, mayPause: boolean) => host.rebuild(model, mayPause)
    const grown = (): string | null => this.#growth.mostGrown(this.#arenas())
    this.#compactor = new Compactor(
      { kind: facts.kind, look: () => view.fresh(), trim: trimHeap, alone: turn.alone, grown, rebuild },
      log,
    )
  }

  onSample(sample: MemorySample): void {
    this.#growth.see(this.#arenas())
    const why = this.#rule.due(sample, monotonicMs())
    if (!why || this.#automatic) return
    this.#automatic = true
    this.compact(why, null)
      .catch(error => this.context.log.warn({ reason: messageOf(error) }, 'memory could not be compacted'))
      .finally(() => {
        this.#automatic = false
      })
  }

  compact(why: CompactionReport['why'], model: string | null): Promise<void> {
    return this.#turns.do(async () => {
      const compacted = await this.#compactor.compact(why, model)
      this.#rule.done(compacted.report, compacted.reservedBeforeBytes, monotonicMs())
      await this.#tell(compacted)
    })
  }

  async #tell({ report }: Compacted): Promise<void> {
    this.totals[report.did]++
    this.totals.freedBytes += report.freedBytes
    this.totals.tookMs += report.tookMs
    if (report.did !== 'nothing' || report.why === 'operator') await this.timeline.addCompaction(report)
  }

  #arenas(): ModelArena[] {
    if (this.parts.facts.kind === 'cpu') return []
    return this.parts.host.running.map(({ loaded: { model, engine } }) => ({
      name: model.name,
      session: engine,
      reservedBytes: engine.stats()?.arenaReservedBytes ?? null,
    }))
  }
}
