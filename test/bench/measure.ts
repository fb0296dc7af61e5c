/** One run of the whole pipeline under more load than it can take, measured from outside. */
import { WebSocket } from 'ws'
import type { ProcessList, StreamList } from '../../shared/api/views.js'
import type { DetectionsMessage, FrameTiming } from '../../shared/detection/message.js'
import type { InferDetail } from '../../shared/process/report.js'
import type { Stages } from '../tools/stages.js'
import { useOf, useOfChildren } from './proc.js'

export interface Measured {
  framesPerSecond: number
  /** CPU milliseconds per inferred frame. */
  cpuMsPerFrame: Record<string, number>
  redisOpsPerFrame: number
  /** Stage → p50 and p99, ms. */
  stagesMs: Record<string, { p50: number; p99: number }>
  residual: number
  infer: InferDetail
}

export async function measure(stages: Stages, seconds: number): Promise<Measured> {
  const timings: FrameTiming[] = []
  const socket = await listen(stages, message => timings.push(message.timing))
  const before = await look(stages)
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  const after = await look(stages)
  socket.close()
  const frames = after.inferred - before.inferred
  const infer = await inferDetail(stages)
  return {
    framesPerSecond: (frames * 1000) / (after.atMs - before.atMs),
    cpuMsPerFrame: Object.fromEntries(
      Object.keys(after.cpuSeconds).map(name => [
        name,
        ((after.cpuSeconds[name]! - before.cpuSeconds[name]!) * 1000) / frames,
      ]),
    ),
    redisOpsPerFrame: (after.redisOps - before.redisOps) / frames,
    stagesMs: quantiles(timings),
    residual: after.residual,
    infer,
  }
}

/** Resident bytes of each process. */
export function memoryOf(stages: Stages): Record<string, number> {
  const pid = (stage: 'ingest' | 'infer' | 'publish'): number => stages.process(stage).pid as number
  return {
    ingest: useOf(pid('ingest')).residentBytes,
    decoders: useOfChildren(pid('ingest')).residentBytes,
    infer: useOf(pid('infer')).residentBytes,
    publish: useOf(pid('publish')).residentBytes,
    redis: useOf(stages.redis.process().pid as number).residentBytes,
  }
}

async function look(stages: Stages) {
  const { streams } = (await stages.api<StreamList>('GET', '/api/v1/streams')).body
  const pid = (stage: 'ingest' | 'infer' | 'publish'): number => stages.process(stage).pid as number
  return {
    atMs: performance.now(),
    inferred: streams.reduce((sum, { frames }) => sum + frames.inferred, 0),
    residual: streams.reduce((sum, { frames }) => sum + Math.abs(frames.residual), 0),
    cpuSeconds: {
      ingest: useOf(pid('ingest')).cpuSeconds,
      decoders: useOfChildren(pid('ingest')).cpuSeconds,
      infer: useOf(pid('infer')).cpuSeconds,
      publish: useOf(pid('publish')).cpuSeconds,
      redis: useOf(stages.redis.process().pid as number).cpuSeconds,
    } as Record<string, number>,
    redisOps: await redisOps(stages),
  }
}

async function redisOps(stages: Stages): Promise<number> {
  const connection = stages.redis.connect()
  const stats = await connection.redis.info('stats')
  await connection.close()
  return Number(/total_commands_processed:(\d+)/.exec(stats)?.[1])
}

async function inferDetail(stages: Stages): Promise<InferDetail> {
  const { processes } = (await stages.api<ProcessList>('GET', '/api/v1/processes')).body
  return processes.find(({ stage }) => stage === 'infer')?.detail as InferDetail
}

async function listen(
  stages: Stages,
  onDetections: (message: DetectionsMessage) => void,
): Promise<WebSocket> {
  const socket = new WebSocket(`${stages.url.replace('http', 'ws')}/ws?token=${stages.token}`)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.on('message', (data, binary) => {
    const message = binary ? null : JSON.parse(String(data))
    if (message?.type === 'detections') onDetections(message)
  })
  socket.send(JSON.stringify({ type: 'subscribe' }))
  return socket
}

function quantiles(timings: readonly FrameTiming[]): Measured['stagesMs'] {
  const names = ['decodeMs', 'queueMs', 'batchMs', 'inferMs', 'postMs', 'totalMs'] as const
  return Object.fromEntries(
    names.map(name => {
      const sorted = timings.map(timing => timing[name]).sort((a, b) => a - b)
      const at = (q: number): number =>
        sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
      return [name, { p50: at(0.5), p99: at(0.99) }]
    }),
  )
}
