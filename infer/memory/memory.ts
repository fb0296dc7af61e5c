/** Puts together what an infer process does about memory: samples it, tells whose it is, compacts it when that is due or asked for. */
import type { Config } from '../../config/schema.js'
import { monotonicMs } from '../../shared/clock.js'
import { messageOf } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import type { MemorySample } from '../../shared/memory/timeline.js'
import { trimHeap } from '../../shared/native/libc.js'
import type { CompactionTotals } from '../../shared/process/report.js'
import type { StageContext } from '../../shared/process/stage.js'
import { Allocations } from '../../shared/redis/allocations.js'
import { CompactionRequests } from '../../shared/redis/compaction-requests.js'
import { MemoryTimeline } from '../../shared/redis/memory-timeline.js'
import type { ModelHost } from '../host/host.js'
import type { Turn } from '../turn.js'
import { Compactor } from './compaction.js'
import { CompactionRule } from './compaction-rule.js'
import { Compactions } from './compactions.js'
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
  const growth = new ArenaGrowth()
  const compactor = compactorOf(parts, view, () => growth.mostGrown(arenasOf(parts)), log)
  const compactions = new Compactions(
    { rule: ruleOf(config), compactor, tell: report => timeline.addCompaction(report) },
    log,
  )
  const onSample = (sample: MemorySample): void => {
    growth.see(arenasOf(parts))
    compactions.onSample(sample)
  }
  const sampler = startMemorySampler(
    { view, timeline, allocations: new Allocations(redis, keys), isUp, onSample },
    log,
  )
  const asked = setInterval(() => {
    if (!isUp()) return
    requests
      .take(parts.facts.id)
      .then(request => request && compactions.compact('operator', request.model, request.id))
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

function ruleOf({ memory }: Config): CompactionRule {
  const { compactAtFragmentation: atFragmentation, compactEveryMs: everyMs } = memory
  return new CompactionRule({ atFragmentation, everyMs }, monotonicMs())
}

function compactorOf(
  { host, turn, facts }: MemoryParts,
  view: MemoryView,
  grown: () => string | null,
  log: Log,
): Compactor {
  const rebuild = (model: string, mayPause: boolean) => host.rebuild(model, mayPause)
  return new Compactor(
    { kind: facts.kind, look: () => view.fresh(), trim: trimHeap, alone: turn.alone, grown, rebuild },
    log,
  )
}

function arenasOf({ facts, host }: MemoryParts): ModelArena[] {
  if (facts.kind === 'cpu') return []
  return host.running.map(({ loaded: { model, engine } }) => ({
    name: model.name,
    session: engine,
    reservedBytes: engine.stats()?.arenaReservedBytes ?? null,
  }))
}
