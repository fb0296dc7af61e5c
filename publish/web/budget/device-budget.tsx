/** One device's budget: how full it is, who holds what of it, and the form to change it. */
import type { DeviceBudget } from '../store/budgets.js'
import { plural } from '../words/format.js'
import { BudgetForm } from './budget-form.js'
import { ReservationTable } from './reservation-table.js'
import { ResourceBars } from './resource-bars.js'

export function DeviceBudgetView({ device }: { device: DeviceBudget }) {
  const { id, name, budget } = device
  const streams = budget.reservations.filter(({ holder }) => holder.startsWith('stream:')).length
  const title = `budget-${id}`
  return (
    <section aria-labelledby={title} data-budget={id}>
      <h2 id={title}>
        {name} <span class="unit">{id}</span>
      </h2>
      <div class="budget">
        <article class="panel">
          <div class="panel-head">
            <h3>Promised</h3>
            <span class="panel-value">{plural(streams, 'stream')} admitted</span>
          </div>
          <ResourceBars used={budget.used} limits={budget.limits} />
        </article>
        <article class="panel">
          <div class="panel-head">
            <h3>Limits</h3>
          </div>
          <BudgetForm device={id} budget={budget} />
        </article>
        <article class="panel budget-wide">
          <div class="panel-head">
            <h3>Who holds what</h3>
          </div>
          <ReservationTable budget={budget} />
        </article>
      </div>
    </section>
  )
}
