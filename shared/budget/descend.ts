/** The steps down that a device's limits demand. Pure; the rules are told in `degrade.ts`. */
import type { DegradableStream, DegradeInput, DegradeStep, StreamLoad } from './degradable.js'
import { degradationKinds } from './degradation.js'
import { type Exceeded, exceededOf, worst } from './exceeded.js'
import { type Amounts, addAmounts, type Limits, noAmounts, type Resource } from './resources.js'
import { lowered, type Setting } from './setting.js'
import { dearer, prioritiesOf, type Totals } from './totals.js'

/** Taking a vain step back may make another one worth while, so it is looked again until nothing comes of it. */
export function descend(input: DegradeInput, totals: Totals): DegradeStep[] {
  const steps: DegradeStep[] = []
  for (;;) {
    const more = descendOnce(input, totals)
    if (more.length === 0) return steps
    steps.push(...more)
  }
}

function descendOnce({ streams, limits }: DegradeInput, totals: Totals): DegradeStep[] {
  const steps: DegradeStep[] = []
  const exceeded = exceededOf(totals.sum, limits)
  for (let most = worst(totals.sum, limits); most; most = worst(totals.sum, limits)) {
    const step = nextDown(streams, limits, totals, most)
    if (!step) break
    totals.set(step.stream, step.to)
    steps.push(step)
  }
  return withoutVain(steps, exceeded, limits, totals)
}

function nextDown(
  streams: readonly DegradableStream[],
  limits: Limits,
  totals: Totals,
  exceeded: Exceeded,
): DegradeStep | null {
  for (const priority of prioritiesOf(streams)) {
    const dearestFirst = streams
      .filter(stream => stream.priority === priority)
      .sort((a, b) => dearer(a, b, totals, exceeded.resource))
    for (const kind of degradationKinds) {
      for (const stream of dearestFirst) {
        const from = totals.settingOf(stream.id)
        const to = lowered(from, kind, stream)
        if (to && eases(stream, to, limits, totals))
          return { stream: stream.id, direction: 'down', kind, from, to, exceeded }
      }
    }
  }
  return null
}

/**
 * Whether a stream would need less of something that is exceeded, more of nothing that is, and break no other limit. What it
 * needs of its model counts as if nobody else needed it: a model leaves memory with the last of its streams, so that each has
 * to be let go before anything is gained.
 */
function eases(stream: DegradableStream, to: Setting, limits: Limits, totals: Totals): boolean {
  const exceeded = exceededOf(totals.sum, limits)
  const [before, after] = [totals.loadOf(stream.id), to.paused ? null : stream.load(to)].map(needOf) as [
    Amounts,
    Amounts,
  ]
  if (!exceeded.some(resource => after[resource] < before[resource])) return false
  if (exceeded.some(resource => after[resource] > before[resource])) return false
  const sum = totals.sumWith(stream.id, to)
  return exceededOf(sum, limits).every(resource => exceeded.includes(resource))
}

function needOf(load: StreamLoad | null): Amounts {
  return load ? addAmounts(load.own, load.shared) : noAmounts
}

/** Takes back the steps, the last first, by which nothing was gained: their model is needed by somebody who cannot let it go. */
function withoutVain(
  steps: readonly DegradeStep[],
  exceeded: readonly Resource[],
  limits: Limits,
  totals: Totals,
): DegradeStep[] {
  const kept: DegradeStep[] = []
  for (const step of [...steps].reverse()) {
    const undone = totals.sumWith(step.stream, step.from)
    const still = totals.settingOf(step.stream) === step.to
    const vain = still && exceeded.every(resource => undone[resource] === totals.sum[resource])
    const fits = exceededOf(undone, limits).every(resource => undone[resource] <= totals.sum[resource])
    if (vain && fits) totals.set(step.stream, step.from)
    else kept.unshift(step)
  }
  return kept
}
