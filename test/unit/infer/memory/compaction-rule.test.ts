/** When memory is compacted: once fragmentation lasts, never again and again in vain, and on schedule. */
import { describe, expect, it } from 'vitest'
import { CompactionRule, type CompactionSettings } from '../../../../infer/memory/compaction-rule.js'
import { memorySample } from '../../../tools/memory-samples.js'

const MIB = 2 ** 20
const settings: CompactionSettings = { atFragmentation: 0.3, everyMs: null }
const fragmented = memorySample({ inUseBytes: 100 * MIB, reservedBytes: 200 * MIB })
const compact = memorySample({ inUseBytes: 190 * MIB, reservedBytes: 200 * MIB })

/** Samples once a second until a compaction is due. @returns after how many seconds, null: never within the limit. */
function dueAfterS(rule: CompactionRule, fromMs: number, limitS = 3600, sample = fragmented): number | null {
  for (let s = 0; s <= limitS; s++) if (rule.due(sample, fromMs + s * 1000)) return s
  return null
}

describe('CompactionRule', () => {
  it('waits until fragmentation has lasted ten seconds', () => {
    expect(dueAfterS(new CompactionRule(settings, 0), 0)).toBe(10)
  })

  it('begins to wait anew when it was gone for a moment', () => {
    const rule = new CompactionRule(settings, 0)
    for (let s = 0; s < 9; s++) expect(rule.due(fragmented, s * 1000)).toBeNull()
    expect(rule.due(compact, 9000)).toBeNull()
    expect(dueAfterS(rule, 10_000)).toBe(10)
  })

  it.each([
    ['at the threshold itself', memorySample({ inUseBytes: 140 * MIB, reservedBytes: 200 * MIB }), settings],
    ['where little lies free', memorySample({ inUseBytes: 10 * MIB, reservedBytes: 25 * MIB }), settings],
    ['where nothing is known', memorySample({ inUseBytes: null, reservedBytes: null }), settings],
    [
      'where it is switched off',
      memorySample({ inUseBytes: 0, reservedBytes: 200 * MIB }),
      { ...settings, atFragmentation: 1 },
    ],
  ])('never compacts %s', (_, sample, of) => {
    expect(dueAfterS(new CompactionRule(of, 0), 0, 3600, sample)).toBeNull()
  })

  it('is quiet for ten minutes after one that freed under 5 %, whoever asked for it', () => {
    for (const why of ['fragmentation', 'operator'] as const) {
      const rule = new CompactionRule(settings, 0)
      rule.done({ why, freedBytes: 9 * MIB }, 200 * MIB, 0)
      expect(dueAfterS(rule, 0)).toBe(600)
    }
  })

  it('is quiet for a minute after one that was worth it', () => {
    const rule = new CompactionRule(settings, 0)
    rule.done({ why: 'fragmentation', freedBytes: 10 * MIB }, 200 * MIB, 0)
    expect(dueAfterS(rule, 0)).toBe(60)
  })

  it('never thrashes: six hours of fragmentation that nothing cures are 36 compactions at most', () => {
    const rule = new CompactionRule(settings, 0)
    let compactions = 0
    for (let ms = 0; ms < 6 * 3_600_000; ms += 1000) {
      const why = rule.due(fragmented, ms)
      if (!why) continue
      compactions++
      rule.done({ why, freedBytes: 0 }, 200 * MIB, ms)
    }
    expect(compactions).toBe(36)
  })

  it('keeps its schedule, fragmented or not, and whatever was quiet', () => {
    const rule = new CompactionRule({ atFragmentation: 1, everyMs: 60_000 }, 0)
    expect(dueAfterS(rule, 0, 3600, compact)).toBe(60)
    rule.done({ why: 'operator', freedBytes: 0 }, 200 * MIB, 60_000)
    expect(rule.due(compact, 60_000)).toBe('schedule')
    rule.done({ why: 'schedule', freedBytes: 0 }, 200 * MIB, 60_000)
    expect(dueAfterS(rule, 60_000, 3600, compact)).toBe(60)
  })
})
