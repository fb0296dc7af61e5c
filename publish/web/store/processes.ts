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
  /** Of ingest's decoders; empty for the other stages. */
  decoderCpu: History
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

/** Share of one core between two readings of a CPU clock; null where they are one reading. */
export function cpuShare(beforeSeconds: number, afterSeconds: number, elapsedMs: number): number | null {
  // The decoders' clock falls when one of them ends: no share is negative.
  return elapsedMs > 0 ? Math.max(0, ((afterSeconds - beforeSeconds) * 1000) / elapsedMs) : null
}

function remember(list: readonly ProcessReport[]): void {
  for (const report of list) {
    const history = histories.get(report.instance) ?? emptyHistory()
    addReport(history, previous.get(report.instance), report)
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

function addReport(history: ProcessHistory, before: ProcessReport | undefined, report: ProcessReport): void {
  const { atMs } = report
  history.residentBytes.add({ atMs, value: report.residentBytes })
  if (!before) return
  const elapsedMs = atMs - before.atMs
  const cpu = cpuShare(before.cpuSeconds, report.cpuSeconds, elapsedMs)
  if (cpu !== null) history.cpu.add({ atMs, value: cpu })
  if (before.detail.stage !== 'ingest' || report.detail.stage !== 'ingest') return
  const decoders = cpuShare(before.detail.decoderCpuSeconds, report.detail.decoderCpuSeconds, elapsedMs)
  if (decoders !== null) history.decoderCpu.add({ atMs, value: decoders })
}

function emptyHistory(): ProcessHistory {
  return { cpu: new History(SAMPLES), decoderCpu: new History(SAMPLES), residentBytes: new History(SAMPLES) }
}
