/** The order in which a session is made anew: beside where there is room, instead where there is none, and what stays when a load fails. */
import { beforeEach, describe, expect, it } from 'vitest'
import { HostedModel, type Loaded, type RunningModel } from '../../../../infer/host/hosted-model.js'
import { type RebuildParts, rebuild } from '../../../../infer/host/rebuild.js'

let steps: string[]
let model: HostedModel
let before: RunningModel
beforeEach(() => {
  steps = []
  model = new HostedModel('yolov8n', true)
  before = running('old')
  model.running = before
})

/** As much of a running model as ending one needs. */
function running(name: string): RunningModel {
  const step = (what: string) => async (): Promise<void> => void steps.push(`${what} ${name}`)
  return {
    inference: { close: step('drain') },
    loaded: { engine: { close: step('close') } },
  } as unknown as RunningModel
}

function partsOf(hasRoom: boolean, load: () => Promise<Loaded> = async () => running('new')): RebuildParts {
  return {
    hasRoom: () => hasRoom,
    load: () => {
      steps.push(`load, ${model.running ? 'served meanwhile' : 'paused meanwhile'}`)
      return load()
    },
    unload: async each => void steps.push(each === before ? 'unload old' : 'unload new'),
    serve: loaded => {
      steps.push('serve')
      model.running = loaded as RunningModel
    },
    failed: error => steps.push(`failed: ${(error as Error).message}`),
  }
}
const refuse = async (): Promise<Loaded> => {
  throw new Error('no memory')
}

describe('rebuild', () => {
  it('loads beside where there is room: it serves until the new session does', async () => {
    expect(await rebuild(model, partsOf(true), false)).toBe(true)
    expect(steps).toEqual(['load, served meanwhile', 'drain old', 'close old', 'serve', 'unload old'])
    expect(model.loading).toBe(false)
  })

  it('pauses where there is no room, if it may', async () => {
    expect(await rebuild(model, partsOf(false), true)).toBe(true)
    expect(steps).toEqual(['drain old', 'close old', 'unload old', 'load, paused meanwhile', 'serve'])
  })

  it('leaves it as it is where there is no room and it may not pause', async () => {
    expect(await rebuild(model, partsOf(false), false)).toBe(false)
    expect(steps).toEqual([])
    expect(model.running).toBe(before)
  })

  it('serves on where the second one cannot be loaded', async () => {
    await expect(rebuild(model, partsOf(true, refuse), true)).rejects.toThrow('no memory')
    expect(model.running).toBe(before)
    expect(model.loading).toBe(false)
  })

  it('says why where the only one cannot be loaded again', async () => {
    expect(await rebuild(model, partsOf(false, refuse), true)).toBe(false)
    expect(steps.at(-1)).toBe('failed: no memory')
    expect(model.running).toBeNull()
    expect(model.loading).toBe(false)
  })

  it('touches nothing that is loading, or not loaded', async () => {
    model.loading = true
    expect(await rebuild(model, partsOf(true), true)).toBe(false)
    model.loading = false
    model.running = null
    expect(await rebuild(model, partsOf(true), true)).toBe(false)
    expect(steps).toEqual([])
  })
})
