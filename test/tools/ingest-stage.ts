/** The real ingest process over a real Redis and a real slab, with a reader in infer's place that verifies every frame. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import { decodeFrameRef } from '../../shared/frame/frame-ref.js'
import { createLog } from '../../shared/log.js'
import { compiledModule } from '../../shared/process/compiled.js'
import type { ProcessReport } from '../../shared/process/report.js'
import { type ControlQueue, createControlQueue, type ProbeResult } from '../../shared/redis/control-queue.js'
import { Reports } from '../../shared/redis/reports.js'
import { createStreamReader } from '../../shared/redis/stream-reader.js'
import { StreamRegistry } from '../../shared/redis/stream-registry.js'
import { sealerOf } from '../../shared/secrets/seal.js'
import type { SlabInfo } from '../../shared/slab/info.js'
import { type LeasedFrame, SlabReader } from '../../shared/slab/lease.js'
import type { DecoderWish } from '../../shared/stream/decoder.js'
import type {
  DesiredStream,
  IngestReport,
  StreamState,
  StreamStateEvent,
} from '../../shared/stream/stream.js'
import { startRedis, type TestRedis } from './redis-server.js'
import { createTempSlab, type TempSlab } from './temp-slab.js'

const SECRET = 'ingest-test-key'
const capacity = { maxStreams: 4, ringSlots: 4 }

export interface SeenFrame extends LeasedFrame {
  /** The pixels do not have the checksum that the frame was committed with. */
  torn: boolean
  /** Luma in the middle of the frame: 16 black … 235 white. */
  middle: number
}

export interface IngestStage {
  redis: TestRedis
  reports: Reports
  control: ControlQueue
  process: () => ChildProcess
  /** What it logged so far. */
  log: () => string
  frames: (stream: string) => SeenFrame[]
  events: (stream: string) => StreamStateEvent[]
  register(id: string, url: string, more?: Partial<DesiredStream>): Promise<DesiredStream>
  update(id: string, change: Partial<DesiredStream>): Promise<void>
  remove(id: string): Promise<void>
  /** Removes every stream, and waits until none is decoded; a process that decodes many may stand ready for others. */
  clear(): Promise<void>
  probe(url: string): Promise<ProbeResult>
  /** The report, once it fits; throws with the last one after `withinMs`. */
  until(id: string, fits: (report: IngestReport) => boolean, withinMs: number): Promise<IngestReport>
  untilState(id: string, state: StreamState, withinMs: number): Promise<IngestReport>
  untilFrames(id: string, count: number, withinMs: number): Promise<SeenFrame[]>
  processReport(): Promise<ProcessReport | undefined>
  /** Replaces the slab, as a restarted infer does. */
  announceSlab(shape?: { widthPx: number; heightPx: number }): Promise<void>
  residual(stream: string): number
  spawn(environment?: Record<string, string>): void
  close(): Promise<void>
}

export function sleepMs(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** @param decoder what its streams are decoded by, unless a stream says otherwise. */
export async function startIngestStage(
  environment: Record<string, string> = {},
  decoder: DecoderWish = 'auto',
): Promise<IngestStage> {
  const redis = await startRedis()
  const connection = redis.connect()
  const reports = new Reports(connection.redis, connection.keys)
  const registry = new StreamRegistry(connection.redis, connection.keys)
  const control = createControlQueue(connection, createLog({ level: 'silent', name: 'test' }))
  const sealer = sealerOf(createHash('sha256').update(SECRET).digest())
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-ingest-'))
  const slabs: TempSlab[] = []
  const seen = new Map<string, SeenFrame[]>()
  const heard: StreamStateEvent[] = []
  let output = ''
  let child: ChildProcess
  let readers: SlabReader[] = []
  let widthPx = 0

  const stage: IngestStage = {
    redis,
    reports,
    control,
    process: () => child,
    log: () => output,
    frames: stream => seen.get(stream) ?? [],
    events: stream => heard.filter(event => event.stream === stream),
    async register(id, url, more = {}) {
      const now = Date.now()
      const record = {
        id,
        sealedUrl: sealer.seal(url),
        shownUrl: '',
        model: null,
        fps: null,
        priority: 5,
        enabled: true,
        decoder,
        revision: 1,
        createdAtMs: now,
        updatedAtMs: now,
        ...more,
      }
      const stream = await registry.create(record, capacity)
      await control.reconcile('start', id)
      return stream
    },
    async update(id, change) {
      await registry.update(id, record => ({ ...record, ...change }))
      await control.reconcile('start', id)
    },
    async remove(id) {
      await registry.remove(id)
      await control.reconcile('stop', id)
    },
    async clear() {
      for (const { id } of await registry.list()) await stage.remove(id)
      const end = performance.now() + 5000
      while (decodersOf(child.pid as number, 'ffmpeg').length > 0 && performance.now() < end)
        await sleepMs(50)
    },
    probe: url => control.probe(sealer.seal(url), 6000),
    async until(id, fits, withinMs) {
      const end = performance.now() + withinMs
      for (;;) {
        const { ingest } = await reports.ofStream(id)
        if (ingest && fits(ingest)) return ingest
        if (performance.now() > end)
          throw new Error(
            `${id} was not as expected after ${withinMs} ms: ${JSON.stringify(ingest)}\n${output.slice(-2000)}`,
          )
        await sleepMs(20)
      }
    },
    untilState: (id, state, withinMs) => stage.until(id, report => report.state === state, withinMs),
    async untilFrames(id, count, withinMs) {
      const end = performance.now() + withinMs
      while (stage.frames(id).length < count) {
        if (performance.now() > end)
          throw new Error(
            `${id} gave ${stage.frames(id).length} of ${count} frames in ${withinMs} ms\n${output.slice(-2000)}`,
          )
        await sleepMs(20)
      }
      return stage.frames(id)
    },
    async processReport() {
      return (await reports.processes()).find(report => report.stage === 'ingest')
    },
    async announceSlab(shape = { widthPx: 160, heightPx: 128 }) {
      const temp = createTempSlab({ slotCount: 16, rowCount: 4, ...shape })
      slabs.push(temp)
      widthPx = shape.widthPx
      readers = [...readers, new SlabReader(temp.slab, 2000)]
      await reports.announceSlab(infoOf(temp))
    },
    residual(stream) {
      const ledger = readers.at(-1)?.ledgers.find(candidate => candidate.stream === stream)
      if (!ledger) throw new Error(`no ledger of ${stream}`)
      return ledger.balance().residual
    },
    spawn(more = {}) {
      child = spawn(process.execPath, [compiledModule(import.meta.url, '../../ingest/main.js').pathname], {
        env: {
          PATH: process.env.PATH,
          REDIS_URL: redis.url,
          RINGSIDE_DATA_DIR: dataDir,
          RINGSIDE_SECRET_KEY: SECRET,
          RINGSIDE_LOG_LEVEL: 'debug',
          ...environment,
          ...more,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', chunk => {
          output += chunk
        })
    },
    async close() {
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await exitOf(child)
      closed = true
      refs.close()
      events.close()
      await Promise.all(loops)
      await control.close()
      await redis.close()
      for (const slab of slabs) slab.close()
      fs.rmSync(dataDir, { recursive: true, force: true })
    },
  }

  await stage.announceSlab()
  let closed = false
  const refs = createStreamReader(connection.duplicate(), [connection.keys.refs('test')], 200)
  const events = createStreamReader(connection.duplicate(), [connection.keys.events], 200)
  await Promise.all([refs.read(), events.read()]) // from here on nothing is missed
  const loops = [
    loop(refs, fields => {
      const ref = decodeFrameRef(fields)
      const reader = readers.find(candidate => ref && candidate.committedAt(ref) !== null)
      const frame = ref && reader?.lease(ref)
      if (!frame || !reader) return
      const pixels = reader.pixels(frame)
      const torn = (zlib.crc32(pixels) | 0) !== frame.checksum
      const middle = middleOf(pixels)
      reader.release(frame)
      reader.finish(frame, 'inferred')
      const list = seen.get(frame.stream) ?? []
      list.push({ ...frame, torn, middle })
      seen.set(frame.stream, list)
    }),
    loop(events, fields => heard.push(JSON.parse(fields[1] as string))),
  ]
  stage.spawn()
  return stage

  function middleOf(pixels: Uint8Array): number {
    const heightPx = (pixels.length * 2) / 3 / widthPx
    return pixels[Math.floor(heightPx / 2) * widthPx + widthPx / 2] as number
  }

  async function loop(
    source: ReturnType<typeof createStreamReader>,
    take: (fields: string[]) => void,
  ): Promise<void> {
    while (!closed) {
      const entries = await source.read().catch(() => []) // closed, or Redis was killed by the test
      for (const entry of entries) take(entry.fields.map(String))
    }
  }
}

function infoOf({ slab, path: file }: TempSlab): SlabInfo {
  const { slotCount, rowCount, frameBytes, widthPx, heightPx } = slab.layout
  return {
    id: 'test',
    path: file,
    epoch: slab.epoch,
    ...{ slotCount, rowCount, frameBytes, widthPx, heightPx },
    letterbox: { anchor: 'center', padValue: 114 },
    model: 'test',
    isDefault: true,
    checksum: true,
    announcedAtMs: Date.now(),
  }
}

export async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise(resolve => child.once('exit', resolve))
}

/** pids of the decoder processes of an ingest process. @param program its name, where only such are wanted. */
export function decodersOf(pid: number, program?: string): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' })
  return table
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, parent, name]) => Number(parent) === pid && (!program || name === program))
    .map(([id]) => Number(id))
}
