/** Compactions one after the other: one that fails is not tried again with each sample, and each request has its own report. */
import { describe, expect, it } from 'vitest'
import { Compactor } from '../../../../infer/memory/compaction.js'
import { CompactionRule } from '../../../../infer/memory/compaction-rule.js'
import { Compactions } from '../../../../infer/memory/compactions.js'
import { Turn } from '../../../../infer/turn.js'
import { monotonicMs } from '../../../../shared/clock.js'
import { createLog } from '../../../../shared/log.js'
import type { CompactionReport } from '../../../../shared/memory/timeline.js'
import { memorySample } from '../../../tools/memory-samples.js'

const log = createLog({ level: 'silent', name: 'test' })

/** Of a CPU, due at any time. @param look how often it fails is counted. */
function compactionsOf({ fails, everyMs = 1 }: { fails: () => boolean; everyMs?: number | null }) {
  let trims = 0
  const told: CompactionReport[] = []
  const trim = (): void => {
    trims++
    if (fails()) throw new Error('trimmed nothing')
  }
  const parts = {
    kind: 'cpu' as const,
    look: async () => memorySample(),
    trim,
    alone: new Turn().alone,
    grown: () => null,
    rebuild: async () => false,
  }
  const tell = async (report: CompactionReport): Promise<void> => void told.push(report)
  const rule = new CompactionRule({ atFragmentation: everyMs === null ? 0.1 : 1, everyMs }, -1e9)
  const compactions = new Compactions({ rule, compactor: new Compactor(parts, log), tell }, log)
  return { compactions, told, trims: () => trims }
}

const settled = () => new Promise(resolve => setTimeout(resolve, 20))

describe('a compaction that fails', () => {
  it('on schedule is tried again when the schedule says so', async () => {
    const { compactions, trims } = compactionsOf({ fails: () => true, everyMs: 3_600_000 })
    for (let i = 0; i < 5; i++) {
      compactions.onSample(memorySample())
      await settled()
    }
    expect(trims()).toBe(1)
  })

  it('for fragmentation is followed by quiet, and tried again after it', async () => {
    const { compactions, trims } = compactionsOf({ fails: () => true, everyMs: null })
    const now = monotonicMs()
    for (let s = 0; s <= 60; s++) {
      compactions.onSample(memorySample(), now + s * 1000)
      await settled()
    }
    expect(trims()).toBe(1)
    for (let s = 61; s <= 65; s++) {
      compactions.onSample(memorySample(), now + s * 1000)
      await settled()
    }
    expect(trims()).toBe(2)
  })

  it('holds up nobody: the next one is told', async () => {
    let fails = true
    const { compactions, told } = compactionsOf({ fails: () => fails })
    const first = compactions.compact('operator', null, 'a')
    const second = first.catch(() => {
      fails = false
      return compactions.compact('operator', null, 'b')
    })
    await expect(first).rejects.toThrow('trimmed nothing')
    await second
    expect(told).toMatchObject([{ why: 'operator', did: 'shrunk', request: 'b' }])
    expect(compactions.totals.shrunk).toBe(1)
  })
})
