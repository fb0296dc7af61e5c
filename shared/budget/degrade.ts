/**
 * Which streams give way on a device that cannot carry all of them, and which come back. A pure function: it neither knows
 * where its figures come from nor carries anything out.
 *
 * - Down, at once and as far as needed: the lowest priority first; within a priority all frame rates, then the smaller models,
 *   then pauses; of those the dearest first. A step that does nothing for what is exceeded is passed over: no frame rate meets
 *   a limit on the count of streams.
 * - Up, a step a call, in the reverse order: when there has been room for the step and a tenth for as long as `recoverAfterMs`.
 *   A stream for which there is no room is not overtaken by a lesser one that would take of the same.
 *
 * With constant inputs it comes to rest: steps down end with what fits, and a step up leaves it so.
 */
import { climb } from './climb.js'
import type { DegradeInput, DegradeResult } from './degradable.js'
import { descend } from './descend.js'
import { worst } from './exceeded.js'
import { asDeclared, type Setting } from './setting.js'
import { Totals } from './totals.js'

export function degrade(input: DegradeInput): DegradeResult {
  const totals = new Totals(input.streams, input.held, presentOf(input))
  const down = descend(input, totals)
  const unmet = worst(totals.sum, input.limits)
  const up = down.length === 0 && !unmet ? climb(input, totals) : { step: null, room: null }
  return { settings: totals.degraded(), steps: up.step ? [up.step] : down, room: up.room, unmet }
}

function presentOf({ streams, present }: DegradeInput): Map<string, Setting> {
  return new Map(streams.map(({ id }) => [id, present.get(id) ?? asDeclared]))
}
