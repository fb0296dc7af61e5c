/** Lines of a history as a table for a terminal. */
import type { HistoryEntry } from '../../shared/budget/degradation.js'
import { table } from './table.js'

/** @param named whether the lines are of several streams and devices, so that each says of which. */
export function historyTable(entries: readonly HistoryEntry[], named = false): string {
  const header = ['WHEN', ...(named ? ['ID'] : []), 'WHAT', 'BY', 'CHANGES']
  const rows = entries.map(entry => {
    const { at, id, what, by } = entry
    return [new Date(at).toISOString(), ...(named ? [id] : []), what, by, happened(entry)]
  })
  return table(header, rows)
}

function happened({ changes, reason }: HistoryEntry): string {
  const changed = changes.map(({ key, from, to }) => `${key} ${shown(from)} → ${shown(to)}`)
  return [...changed, ...(reason ? [reason] : [])].join('; ')
}

function shown(value: unknown): string {
  return value === null ? 'none' : String(value)
}
