/** The budget of a device as text for a terminal: its settings, what is promised of each resource, and to whom. */
import type { BudgetView } from '../../shared/api/views.js'
import { amountText, resourceName } from '../../shared/budget/refusal-text.js'
import type { Reservation } from '../../shared/budget/reservation.js'
import { type Amounts, noAmounts, resources } from '../../shared/budget/resources.js'
import { fields, table } from './table.js'

export function budgetText(view: BudgetView): string {
  return [settingsText(view), resourceTable(view), holderTable(view.reservations)].join('\n\n')
}

function settingsText({ device, settings, overrides }: BudgetView): string {
  const nothing: Record<string, string> = {
    maxStreams: 'as many as fit',
    batchWindowMs: 'as infer.batchWindowMs says',
  }
  const rows = Object.entries(settings).map(
    ([key, value]) =>
      [key, `${value ?? nothing[key] ?? 'none'}${key in overrides ? ' (changed)' : ''}`] as const,
  )
  return fields([['device', device], ...rows])
}

/** What the device neither has nor uses is left out. */
function resourceTable({ limits, used }: BudgetView): string {
  const rows = resources
    .filter(resource => limits[resource] !== null || used[resource] > 0)
    .map(resource => {
      const limit = limits[resource]
      const of = (amount: number): string => amountText(resource, amount)
      const free = limit === null ? '–' : of(Math.max(0, limit - used[resource]))
      return [resourceName(resource), of(used[resource]), free, limit === null ? 'no limit' : of(limit)]
    })
  return table(['OF', 'PROMISED', 'FREE', 'LIMIT'], rows)
}

/** With a row for each model: its fixed part is promised once, whoever holds it, and without it the rows would not add up. */
function holderTable(reservations: readonly Reservation[]): string {
  const header = ['HOLDER', 'MODEL', 'PRIORITY', 'TIME', 'HOST', 'DEVICE', 'BASIS']
  const own = reservations.map(each => [
    holderName(each.holder),
    each.model ?? '–',
    String(each.priority),
    ...amountCells(each.own),
    each.basis,
  ])
  const models = [...new Set(reservations.flatMap(({ model }) => model ?? []))]
  const shared = models.map(model => [
    'all of them',
    model,
    '–',
    ...amountCells(sharedOf(model, reservations)),
    '–',
  ])
  return table(header, [...own, ...shared])
}

function amountCells({ computePpm, hostBytes, deviceBytes }: Amounts): string[] {
  return [
    amountText('computePpm', computePpm),
    amountText('hostBytes', hostBytes),
    amountText('deviceBytes', deviceBytes),
  ]
}

/** As the ledger counts it: of each resource the most that any holder of the model recorded. */
function sharedOf(model: string, reservations: readonly Reservation[]): Amounts {
  const most = { ...noAmounts }
  for (const each of reservations) {
    if (each.model !== model) continue
    for (const resource of resources) most[resource] = Math.max(most[resource], each.shared[resource])
  }
  return most
}

/** `stream:gate` is gate; `held:infer:3d591e418764:model yolov8n` is infer: model yolov8n. */
function holderName(holder: string): string {
  return holder.replace(/^stream:/, '').replace(/^held:([^:]*):[^:]*:/, '$1: ')
}
