/**
 * How many cameras this machine carries: `node dist/test/bench/capacity/main.js --clip CLIP.h264 [--decoder nvdec --model NAME …]`.
 * A table of contents:
 *
 *   options    the command line                      search     which number of streams next: a pure function
 *   run        what is started: stages, cameras …    measure    one probe, looked at from outside
 *   camera/    one clip as many RTSP cameras         latency    messages → quantiles, gaps
 *   fleet      streams over REST                     verdict    passed or not, and what is full
 *   listener   the WebSocket client                  usage, loops, gpu-use   CPU, event loops, GPU
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { InferDetail } from '../../../shared/process/report.js'
import { stages as stageNames } from '../../../shared/process/report.js'
import { measure } from './measure.js'
import { type CapacityOptions, optionsOf } from './options.js'
import { type CapacityResult, reportOf } from './report.js'
import { type CapacityRun, startRun } from './run.js'
import { nextStep } from './search.js'
import { faultsOf, loadsOf } from './verdict.js'

/** Beside its seconds, the last probe takes this long to settle and to be looked at. */
const LAST_PROBE_EXTRA_S = 15
const WARM_UP_S = 3

const options = optionsOf(process.argv.slice(2))
fs.mkdirSync(options.out, { recursive: true })
const startedMs = performance.now()
const run = await startRun(options)
log(`ready after ${seconds(startedMs)} s`)
try {
  const result = await search(run, options)
  fs.writeFileSync(path.join(options.out, 'result.json'), JSON.stringify(result, null, 1))
  const report = reportOf(result)
  fs.writeFileSync(path.join(options.out, 'result.md'), `${report}\n`)
  console.log(`\n${report}`)
} finally {
  for (const stage of stageNames)
    fs.writeFileSync(path.join(options.out, `${stage}.log`), run.stages.log(stage))
  await run.close()
}
process.exit(0)

async function search(of: CapacityRun, settings: CapacityOptions): Promise<CapacityResult> {
  const beganMs = performance.now()
  await measure(of, Math.min(settings.start, settings.max), WARM_UP_S, settings.fps) // code is compiled, clocks rise
  const probes: CapacityResult['probes'] = []
  const lastShortS = settings.budgetSeconds - settings.seconds - LAST_PROBE_EXTRA_S - settings.probeSeconds
  for (;;) {
    const isLate = seconds(beganMs) > lastShortS
    const done = probes.map(({ streams, full, faults }) => ({ streams, full, passed: faults.length === 0 }))
    const step = nextStep(done, settings, isLate)
    const overtime = seconds(beganMs) > settings.budgetSeconds
    if (step.kind === 'end')
      return { options: settings, machine: await machineOf(of), probes, best: step.best }
    if (overtime && probes.some(({ full }) => full))
      return { options: settings, machine: await machineOf(of), probes, best: null }
    const stepMs = performance.now()
    const measured = await measure(
      of,
      step.streams,
      step.full ? settings.seconds : settings.probeSeconds,
      settings.fps,
    )
    const faults = faultsOf(measured, settings)
    probes.push({ ...measured, full: step.full, faults, tookSeconds: seconds(stepMs) })
    const fullest = loadsOf(measured)
      .slice(0, 3)
      .map(({ what, share }) => `${what} ${(share * 100).toFixed(0)} %`)
    log(
      `${step.streams} streams${step.full ? ' (full)' : ''}: ${faults.join('; ') || 'passed'} [${fullest.join(', ')}]`,
    )
  }
}

async function machineOf({ stages }: CapacityRun): Promise<CapacityResult['machine']> {
  const { body } = await stages.api<{ processes: { detail: InferDetail }[] }>('GET', '/api/v1/processes')
  const detail = body.processes.find(({ detail: { stage } }) => stage === 'infer')?.detail
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    node: process.version,
    engine: detail?.engine ?? 'unknown',
    device: detail?.device ?? 'unknown',
    buckets: detail?.buckets ?? [],
  }
}

function log(text: string): void {
  console.log(`${seconds(startedMs).toFixed(1).padStart(6)} s  ${text}`)
}

function seconds(sinceMs: number): number {
  return (performance.now() - sinceMs) / 1000
}
