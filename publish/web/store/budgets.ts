/** What every device may carry, and what is promised of it. */
import type { BudgetView } from '../../../shared/api/views.js'
import { budgetApi } from '../api/budget.js'
import { ringside } from '../api/ringside.js'
import { createPoll } from './poll.js'

export interface DeviceBudget {
  id: string
  name: string
  budget: BudgetView
}

export const budgets = createPoll<DeviceBudget[]>(async () => {
  const { gpus } = await ringside.devices()
  return Promise.all(
    gpus.map(async ({ id, device }) => ({ id, name: device, budget: await budgetApi.budget(id) })),
  )
}, 2000)
