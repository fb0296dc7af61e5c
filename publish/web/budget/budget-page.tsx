/** Budgets: what each device may carry, what is promised of it and to whom, and what else it would carry. */
import { ProblemNote } from '../shell/problem-note.js'
import { budgets } from '../store/budgets.js'
import { usePoll } from '../store/poll.js'
import { DeviceBudgetView } from './device-budget.js'
import { Planner } from './planner.js'

export function BudgetPage() {
  const { data, problem } = usePoll(budgets)
  return (
    <>
      <h1>Budget</h1>
      {problem && <ProblemNote problem={problem} />}
      {data === null && !problem && <p class="loading">Loading budgets…</p>}
      {data?.length === 0 && <p class="hint">No infer process runs, so there is no device to share out.</p>}
      {data?.map(device => (
        <DeviceBudgetView key={device.id} device={device} />
      ))}
      {data !== null && data.length > 0 && (
        <Planner budgets={JSON.stringify(data.map(({ budget }) => budget.settings))} />
      )}
    </>
  )
}
