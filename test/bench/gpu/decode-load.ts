/** Streams that decode one clip, each into a ring of its own that nobody reads: what they give and what they cost. */
import { pathToFileURL } from 'node:url'
import type { Decoders } from '../../../ingest/decoder/decoders.js'
import { parseSource } from '../../../ingest/decoder/source.js'
import { usageOf } from '../../../ingest/decoder/usage.js'
import { createLog } from '../../../shared/log.js'
import type { DecoderBackendName } from '../../../shared/stream/decoder.js'
import { decoderRingOf, RING_SLOTS } from '../../tools/decoder-ring.js'
import { createTempSlab, type TempSlab } from '../../tools/temp-slab.js'

export const SHAPE = {
  widthPx: 640,
  heightPx: 640,
  letterbox: { anchor: 'center', padValue: 114 },
} as const
/** A burst is what comes within this. */
const BURST_MS = 100
const WARM_UP_MS = 2000

export interface LoadRequest {
  backend: DecoderBackendName
  clip: string
  streams: number
  seconds: number
  /** In real time, as cameras send; else as fast as it goes. */
  paced: boolean
}

export interface LoadResult extends LoadRequest {
  framesPerSecond: number
  /** Frames per second in the best tenth of a second. */
  burstPerSecond: number
  /** Of all decoder processes, and of this process, which plays ingest. */
  decoderCpuMsPerFrame: number
  ingestCpuMsPerFrame: number
  /** From the start of the first stream, with no process there, to its first frame. */
  firstFrameMs: number
  processes: number
  residentMiB: number
  ended: string[]
}

/** What one run counts. */
interface Tally {
  arrivalsMs: number[]
  ended: string[]
}

export async function runLoad(decoders: Decoders, request: LoadRequest): Promise<LoadResult> {
  const rows = request.streams
  const temp = createTempSlab({ ...SHAPE, slotCount: rows * RING_SLOTS, rowCount: rows })
  const tally: Tally = { arrivalsMs: [], ended: [] }
  const startedMs = performance.now()
  const running = Array.from({ length: rows }, (_, row) => start(decoders, request, temp, row, tally))
  try {
    while (tally.arrivalsMs.length < rows && tally.ended.length === 0) await sleepMs(20)
    const firstFrameMs = (tally.arrivalsMs[0] ?? Number.NaN) - startedMs
    await sleepMs(WARM_UP_MS)
    const pids = (): number[] => [...new Set(running.flatMap(({ decoder }) => decoder.pid ?? []))]
    const figures = await measure(request, pids(), tally)
    return { ...request, firstFrameMs, ...figures, ended: [...tally.ended] }
  } finally {
    for (const { decoder } of running) decoder.stop('shutdown')
    await Promise.all(running.map(({ ended }) => ended))
    temp.close()
  }
}

async function measure({ seconds }: LoadRequest, pids: number[], tally: Tally) {
  const cpuMs = (): number => pids.reduce((sum, pid) => sum + (usageOf(pid)?.cpuSeconds ?? 0) * 1000, 0)
  const ownMs = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1000
  tally.arrivalsMs.length = 0
  const before = { cpu: cpuMs(), own: ownMs(), atMs: performance.now() }
  await sleepMs(seconds * 1000)
  const frames = tally.arrivalsMs.length
  const elapsedMs = performance.now() - before.atMs
  const resident = pids.reduce((sum, pid) => sum + (usageOf(pid)?.residentBytes ?? 0), 0)
  return {
    framesPerSecond: (frames * 1000) / elapsedMs,
    burstPerSecond: (burstOf(tally.arrivalsMs) * 1000) / BURST_MS,
    decoderCpuMsPerFrame: (cpuMs() - before.cpu) / frames,
    ingestCpuMsPerFrame: (ownMs() - before.own) / frames,
    processes: pids.length,
    residentMiB: resident / 2 ** 20,
  }
}

function start(decoders: Decoders, request: LoadRequest, temp: TempSlab, row: number, tally: Tally) {
  let end: () => void = () => undefined
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  const source = parseSource(pathToFileURL(request.clip).href, true)
  const listener = {
    committed: () => undefined,
    arrived: () => void tally.arrivalsMs.push(performance.now()),
    event: () => undefined,
    ended: (how: { kind: string }) => {
      tally.ended.push(how.kind)
      end()
    },
  }
  const wishes = { epoch: 1, maxFps: null, keyframesOnly: false, maxPixels: 8_912_896, killGraceMs: 1000 }
  const order = {
    ...wishes,
    source,
    ring: decoderRingOf(temp, row, SHAPE.letterbox),
    unpaced: !request.paced,
  }
  const log = createLog({ level: 'warn', name: 'decode' })
  return { ended, decoder: decoders.backend(request.backend).start(order, listener, log) }
}

/** The most arrivals within any window; arrivals are in order. */
function burstOf(arrivalsMs: readonly number[]): number {
  let most = 0
  let first = 0
  arrivalsMs.forEach((atMs, last) => {
    while (atMs - (arrivalsMs[first] as number) > BURST_MS) first++
    most = Math.max(most, last - first + 1)
  })
  return most
}

function sleepMs(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
