/** The counter of failed logins: ten a minute, each address for itself, bounded in memory. */
import { describe, expect, it } from 'vitest'
import { FailureCounter } from '../../../publish/access/failures.js'

describe('FailureCounter', () => {
  it('refuses an address from its tenth failure until the minute is over', () => {
    let now = 0
    const failures = new FailureCounter(() => now)
    for (let i = 0; i < 9; i++) failures.add('a')
    expect(failures.refusedForSeconds('a')).toBe(0)
    now = 30_000
    failures.add('a')
    expect(failures.refusedForSeconds('a')).toBe(30)
    expect(failures.refusedForSeconds('b')).toBe(0)
    now = 60_000
    expect(failures.refusedForSeconds('a')).toBe(0)
    failures.add('a')
    expect(failures.refusedForSeconds('a')).toBe(0)
  })

  it('forgets the oldest address rather than grow without end', () => {
    const failures = new FailureCounter(() => 0)
    for (let i = 0; i < 10; i++) failures.add('first')
    for (let i = 0; i < 9999; i++) failures.add(`other-${i}`)
    expect(failures.refusedForSeconds('first')).toBe(60)
    failures.add('one-more')
    expect(failures.refusedForSeconds('first')).toBe(0)
  })
})
