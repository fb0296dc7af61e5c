/** The loop with real ports, and work that is counted instead of done. */
import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { runLoop } from '../../../../../infer/engine/cuda/run-loop.js'

function loopOn(step: (received: string[]) => number | null, receive?: (request: string) => void) {
  const { port1, port2 } = new MessageChannel()
  const bell = new Int32Array(new SharedArrayBuffer(4))
  const received: string[] = []
  const errors: unknown[] = []
  let steps = 0
  runLoop<string>(
    port2,
    bell,
    {
      receive(request) {
        received.push(request)
        receive?.(request)
      },
      step() {
        steps++
        return step(received)
      },
    },
    error => errors.push(error),
  )
  const turn = async (): Promise<void> => {
    const { port1: ping, port2: pong } = new MessageChannel()
    ping.postMessage(null)
    await once(pong, 'message')
    ping.close()
  }
  return { port: port1, bell, received, errors, turn, steps: () => steps, close: () => port1.close() }
}

describe('the loop of the thread', () => {
  it('works until only a request leads on, and then rests', async () => {
    let left = 3
    const loop = loopOn(() => (left-- > 0 ? 0 : null))
    loop.port.postMessage('a')
    await loop.turn()
    expect(loop.received).toEqual(['a'])
    expect(loop.steps()).toBe(4)
    await loop.turn()
    expect(loop.steps()).toBe(4)
    loop.close()
  })

  it('takes requests that come while it works, in their order', async () => {
    const loop = loopOn(received => {
      if (received.length === 1) for (const request of ['b', 'c']) loop.port.postMessage(request)
      return received.length < 3 ? 0 : null
    })
    loop.port.postMessage('a')
    await loop.turn()
    expect(loop.received).toEqual(['a', 'b', 'c'])
    loop.close()
  })

  it('naps where results are awaited, and not when the bell was rung meanwhile', async () => {
    let waits = 2
    const loop = loopOn(() => {
      if (waits-- === 0) return null
      if (waits === 1) Atomics.add(loop.bell, 0, 1) // as a request that comes before the nap
      return waits === 1 ? 60_000 : 1
    })
    const startedMs = performance.now()
    loop.port.postMessage('a')
    await loop.turn()
    expect(loop.steps()).toBe(3)
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    loop.close()
  })

  it('ends with the first error, and does nothing more', async () => {
    const lost = new Error('lost')
    const loop = loopOn(() => {
      throw lost
    })
    loop.port.postMessage('a')
    await loop.turn()
    loop.port.postMessage('b')
    await loop.turn()
    expect(loop.errors).toEqual([lost])
    expect(loop.steps()).toBe(1)
    expect(loop.received).toEqual(['a'])
    loop.close()
  })
})
