/** The planner: how many streams of a kind each device carries, and what would have to give for more. */
import { useState } from 'preact/hooks'
import { ProblemNote } from '../shell/problem-note.js'
import { firstQuestion, type PlanQuestion } from './plan-question.js'
import { PlanSliders } from './plan-sliders.js'
import { PlanView } from './plan-view.js'
import { usePlan } from './use-plan.js'

export function Planner({ budgets }: { budgets: string }) {
  const [question, setQuestion] = useState<PlanQuestion>(firstQuestion)
  const { answer, problem } = usePlan(question, budgets)
  return (
    <section aria-labelledby="planner-title">
      <h2 id="planner-title">Planner</h2>
      <div class="planner">
        <article class="panel">
          <div class="panel-head">
            <h3>Streams to carry</h3>
          </div>
          <PlanSliders question={question} onChange={setQuestion} />
        </article>
        <div class="plans" role="status" aria-live="polite">
          {problem && <ProblemNote problem={problem} />}
          {answer?.plans.map(plan => (
            <PlanView key={plan.device} plan={plan} />
          ))}
        </div>
      </div>
    </section>
  )
}
