/** The answer to the planner's question, asked again a moment after it changed and now and then by itself. */
import { useEffect, useState } from 'preact/hooks'
import type { PlanList, Problem } from '../../../shared/api/views.js'
import { budgetApi } from '../api/budget.js'
import { problemOf } from '../api/problem.js'
import { askedOf, type PlanQuestion } from './plan-question.js'

/** A slider that is drawn across its range asks once it rests. */
const REST_MS = 150
/** Streams come and go meanwhile. */
const AGAIN_MS = 5000

export interface Planned {
  answer: PlanList | null
  problem: Problem | null
}

/** @param budgets what the devices may promise, as text: where it changes, so does the answer. */
export function usePlan(question: PlanQuestion, budgets: string): Planned {
  const [planned, setPlanned] = useState<Planned>({ answer: null, problem: null })
  useEffect(() => {
    let current = true
    let timer: ReturnType<typeof setTimeout>
    const ask = async (): Promise<void> => {
      const next = await budgetApi.plan(askedOf(question)).then(
        answer => ({ answer, problem: null }),
        (error: unknown) => ({ answer: null, problem: problemOf(error) }),
      )
      if (!current) return
      setPlanned(next)
      timer = setTimeout(() => void ask(), AGAIN_MS)
    }
    timer = setTimeout(() => void ask(), REST_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [question, budgets])
  return planned
}
