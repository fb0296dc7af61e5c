/** One message for many clients: the bytes are shared where nothing is filtered, and filtered once where something is. */
import { describe, expect, it } from 'vitest'
import { LiveMessage } from '../../../publish/live/live-message.js'
import { Subscription } from '../../../publish/live/subscription.js'

const text = '{"type":"detections","detections":[{"class":"person","score":0.9},{"class":"car","score":0.3}]}'
const chunk = Buffer.concat([Buffer.alloc(60_000), Buffer.from(text)])
const message = () => new LiveMessage('gate', chunk.subarray(60_000), true)
const wish = (rest: object) => new Subscription({ type: 'subscribe', ...rest })

describe('LiveMessage', () => {
  it('gives every client without a filter the same bytes', () => {
    const one = message()
    expect(one.bytesFor(wish({}))).toBe(one.bytesFor(wish({ streams: ['gate'] })))
  })

  it('filters once for all clients of one filter, whatever the order of its classes', () => {
    const one = message()
    const first = one.bytesFor(wish({ classes: ['person', 'bus'], minScore: 0.2 }))
    expect(first?.toString()).toBe('{"type":"detections","detections":[{"class":"person","score":0.9}]}')
    expect(one.bytesFor(wish({ classes: ['bus', 'person'], minScore: 0.2 }))).toBe(first)
    expect(one.bytesFor(wish({ minScore: 0.2 }))?.toString()).toBe(text)
  })

  it('is kept without the chunk it came in, once for all queues', () => {
    const one = message()
    const kept = one.keep(one.bytesFor(wish({})) as Buffer)
    expect(kept.toString()).toBe(text)
    expect(kept.buffer).not.toBe(chunk.buffer)
    expect(one.keep(one.bytesFor(wish({})) as Buffer)).toBe(kept)
  })
})
