/** What the three sides together say: the one thing to change first. Pure. */
import { type Finding, ok, warn } from '../check.js'
import { percent } from './percent.js'
import type { Side } from './side.js'

/** An engine that runs longer than this has no room for bursts. */
const BUSY_SHARE = 0.9

/** A finding for each side, and the verdict last. @param busy share of time in which the engine ran. */
export function judge(device: string, sides: readonly Side[], busy: number): Finding[] {
  const findings = sides.map(({ name, found, change }) => {
    const check = `${device}: ${name}`
    return change === null ? ok(check, found) : warn(check, found, change)
  })
  return [...findings, verdict(device, sides, busy)]
}

function verdict(device: string, sides: readonly Side[], busy: number): Finding {
  const check = `${device}: verdict`
  const worst = sides.reduce((most, side) => (side.excess > most.excess ? side : most))
  if (worst.change !== null)
    return warn(check, `${worst.name} first: ${worst.found}`, `Change first: ${worst.change}`)
  if (busy > BUSY_SHARE)
    return warn(
      check,
      `nothing is wasted, and the engine is busy ${percent(busy)} of the time: computing binds`,
      'Change first: cap frame rates, or take int8, fp16 or a smaller model; `ringside plan` tells what each would give.',
    )
  return ok(check, `nothing binds: the engine is busy ${percent(busy)} of the time, and no side is over`)
}
