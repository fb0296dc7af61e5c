/** Watches memory in the process that owns the role: reads what was reported, asks the rules, and tells each alert once. */
import type { Log } from '../../shared/log.js'
import type { Alert } from '../../shared/memory/alert.js'
import type { AllocationReport } from '../../shared/memory/allocation.js'
import { HoldDown } from '../../shared/memory/hold-down.js'
import { MemoryWatch, SAMPLE_STEP_MS, WATCHED_MS } from '../../shared/memory/memory-watch.js'
import type { AlertThresholds } from '../../shared/memory/rules.js'
import type { MemorySample } from '../../shared/memory/timeline.js'
import type { ProcessReport } from '../../shared/process/report.js'
import type { Alerts } from '../../shared/redis/alerts.js'
import type { Allocations } from '../../shared/redis/allocations.js'
import type { MemoryTimeline } from '../../shared/redis/memory-timeline.js'
import type { Reports } from '../../shared/redis/reports.js'
import type { WebhookQueue } from '../../shared/redis/webhooks.js'
import type { Work } from './role.js'

export interface WatchParts {
  timeline: Pick<MemoryTimeline, 'read'>
  allocations: Pick<Allocations, 'all'>
  reports: Pick<Reports, 'processes'>
  alerts: Pick<Alerts, 'list' | 'tell' | 'update'>
  /** null: no webhook is set. */
  webhooks: Pick<WebhookQueue, 'add'> | null
  /** A snapshot of the moment, so that there is something to compare with. */
  takeSnapshot(): Promise<unknown>
  log: Log
}

const PERIOD_MS = 5000
/** A device whose newest sample is older is not looked after now. */
const FRESH_MS = 15_000

export async function startAlertWatch(
  parts: WatchParts,
  thresholds: AlertThresholds,
  periodMs = PERIOD_MS,
): Promise<Work> {
  const watch = new AlertWatch(parts, thresholds)
  await watch.begin(Date.now())
  let running: Promise<void> = Promise.resolve()
  let isIdle = true
  const timer = setInterval(() => {
    if (!isIdle) return // Redis is slow or away: the next turn reads what is new
    isIdle = false
    running = watch
      .look(Date.now())
      .then(() => undefined)
      .catch((error: unknown) => parts.log.warn({ err: error }, 'memory could not be looked at'))
      .finally(() => {
        isIdle = true
      })
  }, periodMs)
  return {
    async close(): Promise<void> {
      clearInterval(timer)
      await running
    },
  }
}

export class AlertWatch {
  readonly #parts: WatchParts
  readonly #watch: MemoryWatch
  #holdDown = new HoldDown([])
  /** Those that Redis has not taken yet: bounded by the number of rules and devices, twice. */
  readonly #untold: Alert[] = []

  constructor(parts: WatchParts, thresholds: AlertThresholds) {
    this.#parts = parts
    this.#watch = new MemoryWatch(thresholds)
  }

  /** Takes over where another process left: what fires, and the hours before. */
  async begin(nowMs: number): Promise<void> {
    this.#holdDown = new HoldDown(await this.#parts.alerts.list())
    for (const device of devicesOf(await this.#parts.reports.processes())) {
      const past = await this.#parts.timeline.read(device, nowMs - WATCHED_MS, nowMs, SAMPLE_STEP_MS)
      for (const sample of past) this.#watch.observeSamples([sample])
    }
  }

  /** @returns the alerts whose state changed. */
  async look(nowMs: number): Promise<Alert[]> {
    const { alerts, allocations, reports } = this.#parts
    const [processes, owners] = await Promise.all([reports.processes(), allocations.all()])
    this.#watch.observeSamples(await this.#newest(devicesOf(processes), nowMs))
    this.#watch.observeOwners(nowMs, owners, deviceOf(processes))
    const changed = this.#holdDown.step(this.#watch.readings(nowMs), nowMs)
    this.#untold.push(...changed)
    for (let alert = this.#untold[0]; alert; alert = this.#untold[0]) {
      await this.#tell(alert)
      this.#untold.shift()
      if (alert.state === 'firing') await this.#parts.takeSnapshot()
    }
    await alerts.update(this.#holdDown.firing)
    return changed
  }

  async #newest(devices: readonly string[], nowMs: number): Promise<MemorySample[]> {
    const recent = await Promise.all(
      devices.map(device => this.#parts.timeline.read(device, nowMs - FRESH_MS, nowMs)),
    )
    return recent.flatMap(samples => samples.at(-1) ?? [])
  }

  /** The delivery first: it can be recorded twice without harm, while an event would be sent twice. */
  async #tell(alert: Alert): Promise<void> {
    const { alerts, webhooks, log } = this.#parts
    const { id, meaning, remedy, value, threshold, owners } = alert
    await webhooks?.add({ type: 'alert', v: 1, ...alert })
    await alerts.tell(alert)
    if (alert.state === 'firing') log.warn({ alert: id, value, threshold, owners, remedy }, meaning)
    else log.info({ alert: id }, 'the alert is resolved')
  }
}

/** Each device is run by one process of infer. In a fixed order: the first one's samples stand for the host. */
function devicesOf(processes: readonly ProcessReport[]): string[] {
  return [
    ...new Set(processes.flatMap(({ detail }) => (detail.stage === 'infer' ? detail.deviceId : []))),
  ].sort()
}

function deviceOf(processes: readonly ProcessReport[]): (report: AllocationReport) => string | null {
  const devices = new Map(
    processes.flatMap(({ instance, detail }) =>
      detail.stage === 'infer' ? [[instance, detail.deviceId] as const] : [],
    ),
  )
  return ({ instance }) => devices.get(instance) ?? null
}
