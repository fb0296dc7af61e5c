/** What the plan says of this device with all of its engine's time promised, beside what a capacity run measured. */
import type { PlanList } from '../../../../shared/api/views.js'
import type { Plan } from '../../../../shared/budget/plan.js'
import { sleep } from '../../../../shared/clock.js'
import { type Check, check } from '../../gpu/outcome.js'
import type { ProofOptions } from './options.js'
import type { Town } from './town.js'

/** The model's profile is made while it serves. */
const PROFILE_MS = 90_000
const LIMIT = 0.15

export interface Planned {
  plan: Plan
  checks: Check[]
}

export async function planOf(town: Town, options: ProofOptions): Promise<Planned> {
  const budget = `/gpus/${town.device}/budget`
  await town.call('PATCH', budget, { utilisation: 1 })
  const plan = await measuredPlan(town, options)
  await town.call('PATCH', budget, { utilisation: null })
  const { mostStreams, binding, next, working } = plan
  const told = `${mostStreams} streams, by ${binding}, then ${next?.binding} at ${next?.streams}; bucket ${working?.bucket}, ${working?.msPerFrame.toFixed(3)} ms a frame`
  return {
    plan,
    checks: [
      check('the model was measured before the plan', plan.basis === 'measured', `${plan.basis}: ${told}`),
      ...(options.measured === null ? [] : [near(mostStreams, options.measured)]),
    ],
  }
}

async function measuredPlan(town: Town, { fps, decoder }: ProofOptions): Promise<Plan> {
  const asked = { fps, resolution: '1080p', ...(decoder !== 'auto' && { decoder }) }
  const endAt = performance.now() + PROFILE_MS
  for (;;) {
    const { plans } = await town.call<PlanList>('POST', '/plan', asked)
    const plan = plans[0] as Plan
    if (plan.basis === 'measured' || performance.now() > endAt) return plan
    await sleep(500)
  }
}

function near(planned: number, measured: number): Check {
  const off = Math.abs(planned - measured) / measured
  const told = `${planned} planned, ${measured} measured: ${(off * 100).toFixed(1)} % off`
  return check(`the plan is within ${LIMIT * 100} % of what was measured to run`, off <= LIMIT, told)
}
