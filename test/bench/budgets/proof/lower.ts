/** A budget that is lowered below what runs, under load: who gives way, in which order, and that all come back. */
import type { HistoryList, StreamView } from '../../../../shared/api/views.js'
import { sleep } from '../../../../shared/clock.js'
import { type Check, check } from '../../gpu/outcome.js'
import type { Town } from './town.js'

const STEP_MS = 20_000

export interface Lowered {
  checks: Check[]
  told: unknown
}

/** Room for one stream is left: the others must pause, the least important first. */
export async function lowerBudget(town: Town): Promise<Lowered> {
  const budget = `/gpus/${town.device}/budget`
  const startedMs = performance.now()
  await town.call('PATCH', budget, { maxStreams: 1 })
  const inTimeDown = await until(async () => (await paused(town)).length === town.residents.length - 1)
  const downMs = performance.now() - startedMs
  const left = (await views(town)).filter(({ degradation }) => !degradation?.paused).map(({ id }) => id)
  const order = await pausesOf(town)
  const histories = await Promise.all(
    town.residents.map(id => town.call<HistoryList>('GET', `/streams/${id}/history`)),
  )
  await town.call('PATCH', budget, { maxStreams: null })
  const raisedMs = performance.now()
  const inTimeUp = await until(async () =>
    (await views(town)).every(({ degradation }) => degradation === null),
  )
  const upMs = performance.now() - raisedMs
  const last = town.residents.at(-1) as string
  return {
    told: { order, left, downMs, upMs, histories },
    checks: [
      check(
        'a budget for one stream pauses all others',
        inTimeDown,
        `${left.join(', ')} ran on after ${downMs.toFixed(0)} ms`,
      ),
      check('the most important stream runs on', left.length === 1 && left[0] === last, left.join(', ')),
      check(
        'streams pause by priority, the least important first',
        isAscending(order),
        order.map(({ id }) => id).join(' '),
      ),
      check('all come back when there is room', inTimeUp, `after ${upMs.toFixed(0)} ms`),
    ],
  }
}

async function views(town: Town): Promise<StreamView[]> {
  return Promise.all(town.residents.map(id => town.call<StreamView>('GET', `/streams/${id}`)))
}

async function paused(town: Town): Promise<StreamView[]> {
  return (await views(town)).filter(({ degradation }) => degradation?.paused)
}

/** The newest line of each stream's history that paused it, in the order of their priorities. */
async function pausesOf(town: Town): Promise<{ id: string; at: number }[]> {
  const lines = await Promise.all(
    town.residents.map(async id => {
      const { entries } = await town.call<HistoryList>('GET', `/streams/${id}/history`)
      const line = entries.findLast(
        ({ what, changes }) =>
          what === 'degraded' && changes.some(({ key, to }) => key === 'paused' && to === true),
      )
      return line ? [{ id, at: line.at }] : []
    }),
  )
  return lines.flat()
}

function isAscending(order: readonly { at: number }[]): boolean {
  return order.length > 0 && order.every(({ at }, i) => i === 0 || at >= (order[i - 1] as { at: number }).at)
}

async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  const endAt = performance.now() + STEP_MS
  while (!(await isSo())) {
    if (performance.now() > endAt) return false
    await sleep(100)
  }
  return true
}
