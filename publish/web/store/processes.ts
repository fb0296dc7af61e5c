/** The three stages' processes, with the series that the figures draw: CPU share and resident memory of the last minutes. */
import type { ProcessList } from '../../../shared/api/views.js'
import type { ProcessReport } from '../../../shared/process/report.js'
import { ringside } from '../api/ringside.js'
import { History } from './history.js'
import { createPoll } from './poll.js'

const POLL_MS = 2000
/** Five minutes. */
const SAMPLES = 150

export interface ProcessHistory {
  /** Share of one core, 1 = busy all the time. */
  cpu: History
  residentBytes: History
}

export const processes = createPoll<ProcessList>(async () => {
  const list = await ringside.processes()
  remember(list.processes)
  return list
}, POLL_MS)

const histories = new Map<string, ProcessHistory>()
const previous = new Map<string, ProcessReport>()

export function processHistory(instance: string): ProcessHistory | null {
  return histories.get(instance) ?? null
}

/** Share of one core between two reports of one process; null where they are one report. */
export function cpuShare(before: ProcessReport, after: ProcessReport): number | null {
  const elapsedMs = after.atMs - before.atMs
  return elapsedMs > 0 ? Math.max(0, ((after.cpuSeconds - before.cpuSeconds) * 1000) / elapsedMs) : null
}

function remember(list: readonly ProcessReport[]): void {
  for (const report of list) {
    const history = histories.get(report.instance) ?? {
      cpu: new History(SAMPLES),
      residentBytes: new History(SAMPLES),
    }
    history.residentBytes.add({ atMs: report.atMs, value: report.residentBytes })
    const before = previous.get(report.instance)
    const cpu = before ? cpuShare(before, report) : null
    if (cpu !== null) history.cpu.add({ atMs: report.atMs, value: cpu })
    histories.set(report.instance, history)
    previous.set(report.instance, report)
  }
  const present = new Set(list.map(report => report.instance))
  for (const instance of histories.keys()) {
    if (present.has(instance)) continue
    histories.delete(instance)
    previous.delete(instance)
  }
}
