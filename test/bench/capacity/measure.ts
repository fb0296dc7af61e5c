/** One probe: so many streams for so many seconds, looked at from outside. */
import os from 'node:os'
import type { ProcessList, StreamView } from '../../../shared/api/views.js'
import { sleep } from '../../../shared/clock.js'
import { dropReasons } from '../../../shared/frame/balance.js'
import type { ProcessReport } from '../../../shared/process/report.js'
import { latencyOf } from './latency.js'
import { LoopWatch } from './loops.js'
import type { CapacityRun } from './run.js'
import { markUsage, type UsageMark, usageBetween } from './usage.js'
import type { Measurement } from './verdict.js'

/** After the last stream went live: buffers fill, caches warm, reports of a second come in. */
const SETTLE_MS = 3000
/** What waited in sockets while streams started is worked off, and dropped: until there is none of that for so long, and no longer than it may take. */
const QUIET_MS = 2000
const QUIET_WITHIN_MS = 15_000
const LOOK_MS = 1000

/** @param fps of the cameras. */
export async function measure(
  run: CapacityRun,
  streams: number,
  seconds: number,
  fps: number,
): Promise<Measurement> {
  await run.fleet.resize(streams)
  const notLive = await run.fleet.untilLive()
  if (!notLive) await settle(run)
  const before = await look(run)
  run.gpu.take()
  run.listener.record()
  const loops = await watchLoops(run, notLive ? 0 : seconds)
  const arrivals = run.listener.take()
  const gpu = run.gpu.take()
  const after = await look(run)
  const clients = new Map(after.cameras.clients.map(client => [client.path.slice(1), client]))
  return {
    streams,
    seconds,
    notLive,
    latency: latencyOf(arrivals, clients, fps, seconds),
    ...lossBetween(before, after),
    camerasLateMs: after.cameras.latestMs,
    cpu: usageBetween(before.usage, after.usage),
    cores: os.availableParallelism(),
    loops,
    gpu,
    framesPerBatch: framesPerBatch(before.processes, after.processes),
  }
}

async function settle({ fleet }: CapacityRun): Promise<void> {
  await sleep(SETTLE_MS)
  const drops = async (): Promise<number> => {
    const views = await fleet.views()
    return views.reduce(
      (sum, { frames }) => sum + dropReasons.reduce((all, of) => all + frames.drops[of], 0),
      0,
    )
  }
  const endMs = performance.now() + QUIET_WITHIN_MS
  for (let before = Number.NaN, now = await drops(); before !== now && performance.now() < endMs; ) {
    await sleep(QUIET_MS)
    before = now
    now = await drops()
  }
}

interface Look {
  usage: UsageMark
  views: StreamView[]
  processes: ProcessReport[]
  cameras: Awaited<ReturnType<CapacityRun['cameras']['state']>>
  lostByClient: number
}

async function look({ stages, cameras, fleet, listener }: CapacityRun): Promise<Look> {
  const pid = (stage: 'ingest' | 'infer' | 'publish'): number[] => [stages.process(stage).pid as number]
  const usage = markUsage({
    ingest: pid('ingest'),
    infer: pid('infer'),
    publish: pid('publish'),
    redis: [stages.redis.process().pid as number],
    cameras: cameras.pids,
    client: [process.pid], // last: everything else is a child of it
  })
  const [views, processes, state] = await Promise.all([fleet.views(), processesOf(stages), cameras.state()])
  return { usage, views, processes, cameras: state, lostByClient: listener.lost }
}

async function watchLoops({ stages }: CapacityRun, seconds: number): Promise<Measurement['loops']> {
  const watch = new LoopWatch()
  const endMs = performance.now() + seconds * 1000
  for (let leftMs = seconds * 1000; leftMs > 0; leftMs = endMs - performance.now()) {
    await sleep(Math.min(LOOK_MS, leftMs))
    watch.add(await processesOf(stages))
  }
  return watch.summary()
}

async function processesOf(stages: CapacityRun['stages']): Promise<ProcessReport[]> {
  return (await stages.api<ProcessList>('GET', '/api/v1/processes')).body.processes
}

function lossBetween(before: Look, after: Look) {
  const sum = (views: readonly StreamView[], of: (view: StreamView) => number): number =>
    views.reduce((total, view) => total + of(view), 0)
  return {
    drops: Object.fromEntries(
      dropReasons.map(reason => {
        const of = ({ frames }: StreamView): number => frames.drops[reason]
        return [reason, sum(after.views, of) - sum(before.views, of)]
      }),
    ),
    residual: sum(after.views, ({ frames }) => Math.abs(frames.residual)),
    packetsLost: after.cameras.packetsLost - before.cameras.packetsLost,
    messagesLost:
      lostIn(after.processes) - lostIn(before.processes) + after.lostByClient - before.lostByClient,
  }
}

function lostIn(processes: readonly ProcessReport[]): number {
  return processes.reduce((sum, { detail }) => sum + (detail.stage === 'ingest' ? 0 : detail.messagesLost), 0)
}

function framesPerBatch(before: readonly ProcessReport[], after: readonly ProcessReport[]): number {
  const of = (processes: readonly ProcessReport[]): { frames: number; batches: number } =>
    processes.reduce(
      (sum, { detail }) =>
        detail.stage === 'infer'
          ? { frames: sum.frames + detail.framesInferred, batches: sum.batches + detail.batches }
          : sum,
      { frames: 0, batches: 0 },
    )
  return (of(after).frames - of(before).frames) / (of(after).batches - of(before).batches)
}
