/** The queue of a slow client: bounded in bytes, loses its oldest, counts every one. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteQueue } from '../../../publish/live/byte-queue.js'

describe('ByteQueue', () => {
  it('behaves like a list that loses its oldest messages, for any pushes and shifts', () => {
    const push = fc.record({ kind: fc.constant('push' as const), bytes: fc.integer({ min: 1, max: 130 }) })
    const shift = fc.record({ kind: fc.constant('shift' as const) })
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: push }, shift), { maxLength: 300 }), steps => {
        const queue = new ByteQueue(100)
        const model: Buffer[] = []
        let lost = 0
        for (const step of steps) {
          if (step.kind === 'shift') expect(queue.shift()).toBe(model.shift())
          else {
            const message = Buffer.alloc(step.bytes)
            const before = lost
            if (step.bytes > 100) lost++
            else {
              model.push(message)
              while (model.reduce((sum, each) => sum + each.length, 0) > 100) {
                model.shift()
                lost++
              }
            }
            expect(queue.push(message)).toBe(lost - before)
          }
          expect(queue.bytes).toBe(model.reduce((sum, each) => sum + each.length, 0))
          expect(queue.length).toBe(model.length)
        }
        expect(queue.takeLost()).toBe(lost)
        expect(queue.takeLost()).toBe(0)
      }),
    )
  })

  it('keeps its order over many times its compaction', () => {
    const queue = new ByteQueue(100_000)
    let next = 0
    for (let i = 0; i < 10_000; i++) {
      queue.push(Buffer.from(String(i)))
      if (i % 3 > 0) expect(queue.shift()?.toString()).toBe(String(next++))
    }
    while (queue.length > 0) expect(queue.shift()?.toString()).toBe(String(next++))
    expect(next).toBe(10_000)
  })
})
