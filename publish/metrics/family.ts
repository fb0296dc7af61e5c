/** Metrics of one scrape: each is filled once, from one snapshot. */
import { Counter, Gauge, type Registry } from 'prom-client'

export interface Family {
  add(labels: Record<string, string>, value: number): void
}

export function counter(registry: Registry, name: string, help: string, ...labelNames: string[]): Family {
  const family = new Counter({ name, help, labelNames, registers: [registry] })
  return { add: (labels, value) => family.inc(labels, Math.max(0, value)) }
}

export function gauge(registry: Registry, name: string, help: string, ...labelNames: string[]): Family {
  const family = new Gauge({ name, help, labelNames, registers: [registry] })
  return { add: (labels, value) => family.set(labels, value) }
}
