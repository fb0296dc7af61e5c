/** A budget that is lowered below what runs, under load: who gives way, in which order, and that all come back. */
import type { BudgetView, HistoryList, StreamView } from '../../../../shared/api/views.js'
import type { HistoryEntry } from '../../../../shared/budget/degradation.js'
import { sleep } from '../../../../shared/clock.js'
import { type Check, check } from '../../gpu/outcome.js'
import type { Town } from './town.js'

const STEP_MS = 30_000
const AUDIT_LINES = 1000

export interface Lowered {
  checks: Check[]
  told: unknown
}

/** First the engine's time, which frame rates can meet; then the count of streams, which only pauses can. */
export async function lowerBudget(town: Town): Promise<Lowered> {
  const { used } = await town.call<BudgetView>('GET', `/gpus/${town.device}/budget`)
  const time = await lowered(town, 'a budget of half the time', {
    utilisation: (used.computePpm / 1e6) * 0.5,
  })
  const count = await lowered(town, 'a budget for one stream', { maxStreams: 1 })
  const last = town.residents.at(-1) as string
  const paused = pausedIn(count.steps)
  return {
    told: { time: toldOf(time), count: toldOf(count) },
    checks: [
      ...time.checks,
      check(
        'a budget of half the time lowers frame rates, and pauses nobody whom a lower rate saves',
        time.steps[0]?.changes[0]?.key === 'fps' && isByPriority(time.steps, town.residents),
        stepsIn(time.steps),
      ),
      ...count.checks,
      check(
        'a budget for one stream pauses all others, the least important first',
        paused.join() === town.residents.slice(0, -1).join() && !paused.includes(last),
        paused.join(' '),
      ),
    ],
  }
}

interface Try {
  /** Steps down, in the order in which they were taken. */
  steps: HistoryEntry[]
  downMs: number
  upMs: number
  checks: Check[]
}

async function lowered(town: Town, what: string, change: Record<string, number>): Promise<Try> {
  const path = `/gpus/${town.device}/budget`
  const sinceMs = Date.now()
  await town.call('PATCH', path, change)
  const isMet = await until(async () => fits(await town.call<BudgetView>('GET', path), await views(town)))
  const downMs = Date.now() - sinceMs
  const steps = await stepsSince(town, sinceMs)
  await town.call('PATCH', path, Object.fromEntries(Object.keys(change).map(key => [key, null])))
  const raisedMs = Date.now()
  const areBack = await until(async () =>
    (await views(town)).every(({ degradation, state }) => degradation === null && state === 'live'),
  )
  const upMs = Date.now() - raisedMs
  return {
    steps,
    downMs,
    upMs,
    checks: [
      check(`${what} is met by streams that give way`, isMet && steps.length > 0, `after ${downMs} ms`),
      check(`${what}: all come back when there is room`, areBack, `after ${upMs} ms`),
    ],
  }
}

/** Degradations are told by the streams themselves; the ledger holds what was declared. */
function fits({ settings }: BudgetView, streams: readonly StreamView[]): boolean {
  const degraded = streams.filter(({ degradation }) => degradation !== null)
  const running = streams.filter(({ degradation }) => !degradation?.paused)
  return degraded.length > 0 && running.length <= (settings.maxStreams ?? streams.length)
}

async function views(town: Town): Promise<StreamView[]> {
  return Promise.all(town.residents.map(id => town.call<StreamView>('GET', `/streams/${id}`)))
}

/** The audit holds the steps of all streams in the order in which they were written. */
async function stepsSince(town: Town, sinceMs: number): Promise<HistoryEntry[]> {
  const { entries } = await town.call<HistoryList>('GET', `/audit?limit=${AUDIT_LINES}`)
  return entries.filter(({ what, at }) => what === 'degraded' && at >= sinceMs)
}

/** Whoever gives way is no more important than whoever gives way after it. */
function isByPriority(steps: readonly HistoryEntry[], residents: readonly string[]): boolean {
  const ranks = steps.map(({ id }) => residents.indexOf(id))
  return ranks.every((rank, i) => i === 0 || rank >= (ranks[i - 1] as number))
}

function pausedIn(steps: readonly HistoryEntry[]): string[] {
  return steps.flatMap(({ id, changes }) =>
    changes.some(({ key, to }) => key === 'paused' && to === true) ? [id] : [],
  )
}

function stepsIn(steps: readonly HistoryEntry[]): string {
  return steps
    .map(({ id, changes }) => `${id}: ${changes.map(({ key, from, to }) => `${key} ${from} → ${to}`).join()}`)
    .join('; ')
}

function toldOf({ steps, downMs, upMs }: Try): object {
  return { steps: stepsIn(steps), downMs, upMs }
}

async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  const endAt = performance.now() + STEP_MS
  while (!(await isSo())) {
    if (performance.now() > endAt) return false
    await sleep(100)
  }
  return true
}
