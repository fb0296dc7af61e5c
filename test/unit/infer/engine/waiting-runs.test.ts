import { describe, expect, it } from 'vitest'
import { engineFailed, WaitingRuns } from '../../../../infer/engine/waiting-runs.js'
import { WarmUpTurns } from '../../../../infer/engine/warm-up-turns.js'
import { Turn } from '../../../../infer/turn.js'

const result = { candidates: new Float32Array(6), inferMs: 1 }

describe('batches that wait for their results', () => {
  it('end each with its own', async () => {
    const runs = new WaitingRuns()
    const ids: number[] = []
    const said: string[] = []
    const first = runs.add(
      id => ids.push(id),
      () => said.push('first'),
    )
    const second = runs.add(
      id => ids.push(id),
      () => said.push('second'),
    )
    runs.uploaded(ids[0]!)
    runs.result(ids[0]!, result)
    runs.failed(ids[1]!, engineFailed('no'))
    expect(await first).toEqual(result)
    await expect(second).rejects.toMatchObject({ code: 'engine_failed', message: 'no' })
    expect(said).toEqual(['first'])
  })

  it('all end with the first error of a dead engine, those to come too, which are not sent', async () => {
    const runs = new WaitingRuns()
    const before = runs.add(
      () => undefined,
      () => undefined,
    )
    runs.die(engineFailed('first'))
    runs.die(engineFailed('second'))
    await expect(before).rejects.toMatchObject({ message: 'first' })
    let sent = false
    const after = runs.add(
      () => {
        sent = true
      },
      () => undefined,
    )
    await expect(after).rejects.toMatchObject({ message: 'first' })
    expect(sent).toBe(false)
  })

  it('take no notice of what comes for one that has ended', () => {
    const runs = new WaitingRuns()
    expect(() => {
      runs.uploaded(7)
      runs.result(7, result)
      runs.failed(7, engineFailed('no'))
    }).not.toThrow()
  })
})

describe('the turns of a warm-up', () => {
  it('are the device’s own, and given back once', () => {
    const turn = new Turn()
    let given = 0
    const turns = new WarmUpTurns(turn, () => given++)
    turns.want()
    let other = false
    turn.enter(() => {
      other = true
    })
    expect([given, other]).toEqual([1, false])
    turns.over()
    turns.over()
    expect(other).toBe(true)
  })

  it('leave the device free, whenever the engine is closed', () => {
    const turn = new Turn()
    const has = new WarmUpTurns(turn, () => undefined)
    const waits = new WarmUpTurns(turn, () => undefined)
    has.want()
    waits.want()
    waits.close() // it is granted afterwards, and gives it on
    has.close()
    let free = false
    turn.enter(() => {
      free = true
    })
    expect(free).toBe(true)
  })
})
