/** The next step up on a device that has room again. Pure; the rules are told in `degrade.ts`. */
import type { DegradableStream, DegradeInput, DegradeStep, Room } from './degradable.js'
import { degradationKinds } from './degradation.js'
import { type Amounts, type Limits, type Resource, resources } from './resources.js'
import { levelOf, raised } from './setting.js'
import { dearer, prioritiesOf, type Totals } from './totals.js'

/** A step up needs room for what it takes and a tenth; of what is counted in ones, for what it takes. */
export const CLIMB_MARGIN = 1.1
const counted: readonly Resource[] = ['ringSlots', 'streams']

export function climb(input: DegradeInput, totals: Totals): { step: DegradeStep | null; room: Room | null } {
  const step = nextUp(input, totals)
  if (!step) return { step: null, room: null }
  const { stream, kind } = step
  const { room: before, nowMs, recoverAfterMs } = input
  const same = before?.stream === stream && before.kind === kind
  const room = { stream, kind, sinceMs: same ? before.sinceMs : nowMs }
  if (nowMs - room.sinceMs < recoverAfterMs) return { step: null, room }
  totals.set(stream, step.to)
  return { step, room: null }
}

function nextUp({ streams, limits }: DegradeInput, totals: Totals): DegradeStep | null {
  const waitedFor = new Set<Resource>()
  for (const priority of prioritiesOf(streams).reverse()) {
    for (const kind of [...degradationKinds].reverse()) {
      for (const stream of cheapestFirst(streams, priority, totals)) {
        const from = totals.settingOf(stream.id)
        const to = raised(from, kind)
        if (!to) continue
        const missing = lacks(totals.sum, totals.sumWith(stream.id, to), limits, waitedFor)
        if (missing.length === 0)
          return { stream: stream.id, direction: 'up', kind, from, to, exceeded: null }
        for (const resource of missing) waitedFor.add(resource)
      }
    }
  }
  return null
}

/** The resources that speak against a step up: those it has no room in, and those that a better stream waits for. */
function lacks(
  before: Amounts,
  after: Amounts,
  limits: Limits,
  waitedFor: ReadonlySet<Resource>,
): Resource[] {
  return resources.filter(resource => {
    const taken = after[resource] - before[resource]
    const limit = limits[resource]
    if (limit === null || taken <= 0) return false
    const margin = counted.includes(resource) ? 1 : CLIMB_MARGIN
    return waitedFor.has(resource) || before[resource] + taken * margin > limit
  })
}

function cheapestFirst(
  streams: readonly DegradableStream[],
  priority: number,
  totals: Totals,
): DegradableStream[] {
  return streams
    .filter(stream => stream.priority === priority && levelOf(totals.settingOf(stream.id)) > 0)
    .sort((a, b) => dearer(b, a, totals, 'computePpm'))
}
