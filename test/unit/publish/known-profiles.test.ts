/** Which profiles count: of models that there are, as they are now, on the device as it is now. */
import { describe, expect, it } from 'vitest'
import { type Known, profilesInForce } from '../../../publish/known-profiles.js'
import type { ModelProfile } from '../../../shared/budget/profile.js'
import { capacityReport, modelProfile } from '../../tools/budget-reports.js'
import { hostedModel, modelRecord } from '../../tools/model-reports.js'
import { cpuEngine, MODEL } from '../../tools/stage-reports.js'

const known: Known = {
  reported: capacityReport(),
  records: [modelRecord(MODEL), modelRecord('small', { digest: 'of small' })],
  hosted: [],
}
const small: ModelProfile = { ...modelProfile('small', 4), sourceDigest: 'of small' }
const inForce = (profile: ModelProfile, change: Partial<Known> = {}): boolean =>
  profilesInForce([profile], { ...known, ...change }).length === 1

describe('a profile of a model', () => {
  it('counts where nothing contradicts it', () => {
    expect(inForce(small)).toBe(true)
    const { sourceDigest: _, ...older } = small
    expect(inForce(older)).toBe(true)
    const { profiled: __, ...reported } = capacityReport()
    expect(inForce(small, { reported })).toBe(true)
    expect(inForce({ ...small, model: 'small@int8' })).toBe(true)
  })

  it('that was removed does not count, nor of one that cannot be used', () => {
    expect(inForce({ ...small, model: 'removed' })).toBe(false)
    expect(inForce({ ...small, model: 'removed@fp16' })).toBe(false)
    expect(inForce(small, { records: [modelRecord(MODEL), modelRecord('small', { problem: 'torn' })] })).toBe(
      false,
    )
  })

  it('that is loaded, or the default, counts though no record names it', () => {
    const other = { ...small, model: 'of-a-path' }
    expect(inForce(other, { hosted: [hostedModel('of-a-path')] })).toBe(true)
    expect(inForce(other, { hosted: [hostedModel('of-a-path', { state: 'failed' })] })).toBe(false)
    expect(inForce(other, { reported: capacityReport({ defaultModel: 'of-a-path' }) })).toBe(true)
  })

  it('counts while nobody has said which models there are', () => {
    expect(inForce({ ...small, model: 'removed' }, { records: [] })).toBe(true)
  })
})

describe('a profile does not count', () => {
  it('of a file that was replaced, but as long as the file before it runs', () => {
    const records = [modelRecord('small', { digest: 'of another' })]
    expect(inForce(small, { records })).toBe(false)
    expect(inForce(small, { records, hosted: [hostedModel('small', { digest: 'of small' })] })).toBe(true)
    expect(inForce(small, { hosted: [hostedModel('small', { digest: 'of another' })] })).toBe(false)
  })

  it('where driver, hardware, options or threads are others', () => {
    const profiled = { driver: null, fingerprint: 'of the test', threads: 2 }
    const withOne = (change: object) =>
      inForce(small, { reported: capacityReport({ profiled: { ...profiled, ...change } }) })
    expect(withOne({})).toBe(true)
    expect(withOne({ driver: '580.1' })).toBe(false)
    expect(withOne({ fingerprint: 'another card' })).toBe(false)
    expect(withOne({ threads: 4 })).toBe(false)
  })

  it('where another provider runs the model', () => {
    const engine = { ...cpuEngine, provider: 'tensorrt' as const }
    expect(inForce(small, { hosted: [hostedModel('small', { engine })] })).toBe(false)
    expect(inForce(small, { hosted: [hostedModel('small')] })).toBe(true)
  })
})
