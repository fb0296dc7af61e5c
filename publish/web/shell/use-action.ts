/** A request that a person starts: whether it runs, and the problem it met. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from '../../../shared/api/views.js'
import { problemOf } from '../api/problem.js'

export interface Action {
  busy: boolean
  problem: Problem | null
  /** Resolves to true where the work succeeded. */
  run(work: () => Promise<unknown>): Promise<boolean>
  dismiss(): void
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const mounted = useRef(true)
  useEffect(() => {
    mounted.current = true
    return () => {
      mounted.current = false
    }
  }, [])
  return {
    busy,
    problem,
    dismiss: () => setProblem(null),
    async run(work): Promise<boolean> {
      setBusy(true)
      setProblem(null)
      const failure = await work().then(
        () => null,
        (error: unknown) => problemOf(error),
      )
      if (mounted.current) {
        setBusy(false)
        setProblem(failure)
      }
      return failure === null
    },
  }
}
