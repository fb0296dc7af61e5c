/** The tables of a capacity run, as Markdown for `docs/performance.md`. */
import type { CapacityOptions } from './options.js'
import type { Quantiles } from './quantiles.js'
import { loadsOf, type Measurement } from './verdict.js'

export interface CapacityResult {
  options: CapacityOptions
  machine: {
    cpu: string
    cores: number
    node: string
    engine: string
    device: string
    buckets: readonly number[]
  }
  probes: (Measurement & { full: boolean; faults: string[]; tookSeconds: number })[]
  best: number | null
}

export function reportOf({ options, machine, probes, best }: CapacityResult): string {
  const decisive = probes.findLast(({ full, faults }) => full && faults.length === 0)
  const next = probes.filter(({ faults }) => faults.length > 0).sort((a, b) => a.streams - b.streams)[0]
  return [
    `${new Date().toISOString().slice(0, 10)}, ${machine.device} (${machine.engine}), ${machine.cpu} × ${machine.cores}, ${machine.node}; ` +
      `${options.model}, buckets ${machine.buckets.join('/')}, decoder ${options.decoder ?? 'auto'}, ${options.fps} fps`,
    '',
    best === null
      ? `**No number of streams passed for ${options.seconds} s.**`
      : `**${best} streams** (${best * options.fps} frames/s) for ${options.seconds} s with no drop and p99 ≤ ${options.p99Ms} ms.`,
    '',
    ...probeTable(probes),
    ...(decisive ? ['', `### ${decisive.streams} streams, which passed`, '', ...details(decisive)] : []),
    ...(next
      ? ['', `### ${next.streams} streams, which failed: ${next.faults.join('; ')}`, '', ...details(next)]
      : []),
  ].join('\n')
}

function probeTable(probes: CapacityResult['probes']): string[] {
  const rows = probes.map(({ faults, full, tookSeconds, ...measured }) => {
    const { streams, seconds, latency } = measured
    const { captureToClient: capture, cameraToClient: camera } = latency
    const verdict = faults.length === 0 ? 'passed' : faults.join('; ')
    const [fullest] = loadsOf(measured)
    const load = fullest ? `${fullest.what} ${percent(fullest.share)}` : ''
    return `| ${streams}${full ? ' (full)' : ''} | ${seconds} | ${tookSeconds.toFixed(0)} | ${ms(capture, 'p50')} | ${ms(capture, 'p99')} | ${ms(camera, 'p50')} | ${ms(camera, 'p99')} | ${load} | ${verdict} |`
  })
  return [
    '| streams | s | took s | capture→client p50 ms | p99 | camera→client p50 | p99 | fullest | verdict |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ]
}

function details(measured: Measurement): string[] {
  const { latency, cpu, loops, gpu } = measured
  return [
    `${(latency.messages / measured.seconds).toFixed(0)} results/s, ${measured.framesPerBatch.toFixed(1)} frames a batch, cameras at most ${measured.camerasLateMs.toFixed(0)} ms late`,
    '',
    '| ms | p50 | p95 | p99 | max |',
    '|---|---|---|---|---|',
    ...Object.entries({
      ...latency.stages,
      'capture→client': latency.captureToClient,
      'camera→client': latency.cameraToClient,
    }).map(
      ([name, of]) =>
        `| ${name} | ${(['p50', 'p95', 'p99', 'max'] as const).map(q => ms(of, q)).join(' | ')} |`,
    ),
    '',
    '| CPU | cores | µs a frame | busiest thread | cores |',
    '|---|---|---|---|---|',
    ...Object.entries(cpu).map(
      ([group, { cores, busiest }]) =>
        `| ${group} | ${cores.toFixed(2)} | ${((cores * 1e6 * measured.seconds) / latency.messages).toFixed(0)} | ${busiest.thread} | ${busiest.cores.toFixed(2)} |`,
    ),
    '',
    '| event loop | busy | lag p99 ms | max | GC | longest ms |',
    '|---|---|---|---|---|---|',
    ...Object.entries(loops).map(
      ([stage, loop]) =>
        `| ${stage} | ${percent(loop.utilisation)} | ${loop.lagP99Ms.toFixed(1)} | ${loop.lagMaxMs.toFixed(1)} | ${percent(loop.gcShare)} | ${loop.gcMaxMs.toFixed(1)} |`,
    ),
    '',
    gpu
      ? `GPU: ${Object.entries(gpu)
          .map(([name, value]) => `${name} ${value === null ? '–' : value.toFixed(0)}`)
          .join(', ')}`
      : 'GPU: none was seen',
    `Fullest: ${loadsOf(measured)
      .slice(0, 5)
      .map(({ what, share }) => `${what} ${percent(share)}`)
      .join(', ')}`,
  ]
}

function ms(of: Quantiles | null, which: Exclude<keyof Quantiles, 'count'>): string {
  return of ? of[which].toFixed(1) : '–'
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
