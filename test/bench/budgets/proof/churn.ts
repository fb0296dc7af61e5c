/** Streams that are added, changed and removed, and a stream whose model changes back and forth, while others run on. */
import type { ModelList, StreamView } from '../../../../shared/api/views.js'
import { sleep } from '../../../../shared/clock.js'
import { messageOf } from '../../../../shared/errors.js'
import { median } from '../../gpu/outcome.js'
import type { ProofOptions } from './options.js'
import type { Town } from './town.js'

/** On a CPU they must fit beside the others. */
const AT_ONCE = { cpu: 4, gpu: 12 }
const MODEL_MS = 60_000

export interface Churned {
  done: number
  failures: string[]
  told: string
}

/** A cycle is one stream that comes, changes and goes. */
export async function churnStreams(town: Town, { cycles, seconds, decoder }: ProofOptions): Promise<Churned> {
  const endAt = performance.now() + seconds * 1000
  const failures: string[] = []
  const tookMs: number[] = []
  let begun = 0
  const worker = async (lane: number): Promise<void> => {
    while (begun < cycles && performance.now() < endAt) {
      begun++
      const id = `churn-${lane}`
      const startedMs = performance.now()
      try {
        const url = town.cameras.url(16 + lane, id)
        const more = decoder === 'auto' ? {} : { decoder }
        await town.call('POST', '/streams', { id, url, fps: 1, priority: 9, ...more })
        await town.call('PATCH', `/streams/${id}`, { fps: 1 + (begun % 2), priority: 1 + (begun % 9) })
      } catch (error) {
        failures.push(messageOf(error))
      }
      await town.call('DELETE', `/streams/${id}`).catch(error => failures.push(messageOf(error)))
      tookMs.push(performance.now() - startedMs)
    }
  }
  await Promise.all(
    Array.from({ length: AT_ONCE[town.device.startsWith('cpu') ? 'cpu' : 'gpu'] }, (_, lane) => worker(lane)),
  )
  if (begun < cycles) failures.push(`only ${begun} of ${cycles} in ${seconds} s`)
  return { done: begun, failures, told: toldOf(begun, tookMs, failures) }
}

/** A cycle is the first stream's change to the second model and back, each awaited: loaded, in use, and unloaded again. */
export async function churnModels(town: Town, options: ProofOptions): Promise<Churned> {
  const { modelCycles, seconds, second } = options
  const stream = town.residents[0] as string
  const endAt = performance.now() + seconds * 1000
  const failures: string[] = []
  const tookMs: number[] = []
  let done = 0
  for (; done < modelCycles && performance.now() < endAt && failures.length === 0; done++) {
    const startedMs = performance.now()
    try {
      await town.call('PATCH', `/streams/${stream}`, { model: second })
      await until(async () => (await stateOf(town, second as string)) === 'loaded', `${second} to be loaded`)
      await until(
        async () => (await town.call<StreamView>('GET', `/streams/${stream}`)).inferredFps > 0,
        'frames',
      )
      await town.call('PATCH', `/streams/${stream}`, { model: null })
      await until(async () => (await stateOf(town, second as string)) === 'available', `${second} to be gone`)
    } catch (error) {
      failures.push(messageOf(error))
    }
    tookMs.push(performance.now() - startedMs)
  }
  if (done < modelCycles) failures.push(`only ${done} of ${modelCycles} in ${seconds} s`)
  return { done, failures, told: toldOf(done, tookMs, failures) }
}

async function stateOf(town: Town, model: string): Promise<string | undefined> {
  const { models } = await town.call<ModelList>('GET', '/models')
  return models.find(({ name }) => name === model)?.state
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const endAt = performance.now() + MODEL_MS
  while (!(await isSo())) {
    if (performance.now() > endAt) throw new Error(`waited ${MODEL_MS} ms for ${what}`)
    await sleep(50)
  }
}

function toldOf(done: number, tookMs: readonly number[], failures: readonly string[]): string {
  const first = failures[0] ? `; ${failures.length} failed, the first: ${failures[0].slice(0, 300)}` : ''
  return `${done}, median ${median(tookMs).toFixed(0)} ms${first}`
}
