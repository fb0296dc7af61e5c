/** The REST calls about budgets and plans, by name. */
import type { BudgetView, HistoryList, PlanAsked, PlanList } from '../../../shared/api/views.js'
import type { BudgetSettings } from '../../../shared/budget/budget.js'
import { request } from './request.js'

/** null takes an override away: the settings hold again. */
export type BudgetChange = { [key in keyof BudgetSettings]?: BudgetSettings[key] | null }

const devicePath = (id: string): string => `/gpus/${encodeURIComponent(id)}/budget`

export const budgetApi = {
  budget: (device: string) => request<BudgetView>('GET', devicePath(device)),
  changeBudget: (device: string, change: BudgetChange) =>
    request<BudgetView>('PATCH', devicePath(device), { body: change }),
  plan: (asked: PlanAsked) => request<PlanList>('POST', '/plan', { body: asked }),
  history: (stream: string) => request<HistoryList>('GET', `/streams/${encodeURIComponent(stream)}/history`),
}
