/** When a profile still holds: for everything that it depends on, and nothing else. */
import { describe, expect, it } from 'vitest'
import { type ProfileSubject, staleReason } from '../../../../shared/budget/staleness.js'
import { madeUpProfile, profiledCpu } from '../../../tools/model-profile.js'

const profile = madeUpProfile({ model: 'a', digest: 'abc', buckets: [1, 2, 4] })
const same: ProfileSubject = {
  model: 'a',
  digest: 'abc',
  precision: 'fp32',
  device: profiledCpu,
  buckets: [1, 2, 4],
}

describe('a profile', () => {
  it('holds for what it was measured of', () => {
    expect(staleReason(profile, same)).toBeNull()
    expect(staleReason(profile, { ...same, buckets: [1] })).toBeNull()
    const { buckets: _, ...any } = same
    expect(staleReason(profile, any)).toBeNull()
  })

  it.each<[string, Partial<ProfileSubject>, RegExp]>([
    ['another file', { digest: 'def' }, /prepared file was abc, and is def/],
    ['another provider', { provider: 'cuda' }, /provider was cpu, and is cuda/],
    ['another precision', { precision: 'fp16' }, /precision was fp32, and is fp16/],
    ['another device', { device: { ...profiledCpu, id: 'cuda-0' } }, /device was cpu-9/],
    ['another kind', { device: { ...profiledCpu, kind: 'gpu' } }, /kind was cpu/],
    ['other hardware or options', { device: { ...profiledCpu, fingerprint: 'x' } }, /hardware .* is x/],
    ['another driver', { device: { ...profiledCpu, driver: '580.1' } }, /driver was null, and is 580.1/],
    ['other threads', { device: { ...profiledCpu, threads: 8 } }, /threads was 2, and is 8/],
    ['a bucket that it lacks', { buckets: [1, 2, 4, 8] }, /lacks the buckets 8/],
  ])('does not hold for %s', (_, change, reason) => {
    expect(staleReason(profile, { ...same, ...change })).toMatch(reason)
  })

  it('holds as long as nothing that is known contradicts it', () => {
    expect(staleReason(profile, { device: {} })).toBeNull()
    expect(staleReason(profile, { device: { driver: null }, sourceDigest: 'of the source' })).toBeNull()
    const fromSource = { ...profile, sourceDigest: 'of the source' }
    expect(staleReason(fromSource, { ...same, provider: 'cpu', sourceDigest: 'of the source' })).toBeNull()
    expect(staleReason(fromSource, { device: {}, sourceDigest: 'other' })).toMatch(/file was of the source/)
    expect(staleReason(profile, { device: { fingerprint: 'other' } })).toMatch(/hardware/)
  })

  it('holds where a device has another name, or memory was added', () => {
    const device = { ...profiledCpu, name: 'renamed', totalBytes: 1 }
    expect(staleReason(profile, { ...same, device })).toBeNull()
  })

  it('knows a bucket that was refused', () => {
    const refused = { ...profile, refusedBuckets: [{ bucket: 8, reason: 'no room' }] }
    expect(staleReason(refused, { ...same, buckets: [1, 2, 4, 8] })).toBeNull()
  })
})
