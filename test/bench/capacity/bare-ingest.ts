/**
 * Stands in for ingest where decoders are to be left out: commits a frame of every stream at a fixed rate, with whatever pixels
 * the slot has, through the same ring, outbox and reports. What it shows is what infer, Redis and publish carry by themselves.
 * Argument: frames per second of each stream.
 */
import { loadConfig } from '../../../config/load.js'
import type { Config } from '../../../config/schema.js'
import { Outbox } from '../../../ingest/outbox.js'
import { SlabFollower } from '../../../ingest/slab-follower.js'
import { monotonicMs } from '../../../shared/clock.js'
import { type RunningStage, runStage, type StageContext } from '../../../shared/process/stage.js'
import { acquireOwnership } from '../../../shared/redis/ownership.js'
import { StreamRegistry } from '../../../shared/redis/stream-registry.js'
import { RingWriter } from '../../../shared/slab/ring-writer.js'
import { BareStream } from './bare-stream.js'

const fps = Number(process.argv[2])
const FOLLOW_MS = 500
const REPORT_MS = 1000

const config = loadConfig()
await runStage('ingest', config, context => start(config, context))

async function start({ slab }: Config, context: StageContext): Promise<RunningStage> {
  const { connection, reports, log, fail } = context
  const ownership = await acquireOwnership(context, 'ingest')
  const registry = new StreamRegistry(connection.redis, connection.keys)
  const follower = new SlabFollower(log)
  const out = new Outbox(connection, reports, log)
  const streams = new Map<string, BareStream>()

  const follow = async (): Promise<void> => {
    const [desired, slabs] = await Promise.all([registry.list(), reports.slabs()])
    follower.follow(slabs)
    const wanted = new Set(desired.filter(({ enabled }) => enabled).map(({ id }) => id))
    for (const id of streams.keys()) if (!wanted.has(id)) streams.delete(id)
    follower.retireRows((id, incarnation) =>
      desired.some(stream => stream.id === id && stream.createdAtMs === incarnation),
    )
    for (const stream of desired) {
      const attached = follower.slabOf(stream.model)
      if (!attached || streams.has(stream.id)) continue
      const of = { id: stream.id, incarnation: stream.createdAtMs }
      const writer = new RingWriter(attached.slab, stream.ring, of, slab.leaseTimeoutMs)
      streams.set(stream.id, new BareStream(writer, attached.info.id, fps))
    }
  }
  const timers = [
    setInterval(() => void follow().catch(fail), FOLLOW_MS),
    setInterval(() => {
      for (const [id, stream] of streams) out.report(id, stream.report())
    }, REPORT_MS),
    setInterval(() => {
      const now = monotonicMs()
      for (const stream of streams.values()) stream.commitDue(now, (slabId, ref) => out.ref(slabId, ref))
    }, 1),
  ]
  return {
    notReady: () => (follower.size > 0 ? null : 'infer to announce its slab'),
    detail: () => ({
      stage: 'ingest',
      decoders: 0,
      ffmpeg: 'none',
      decoderCpuSeconds: 0,
      decoderResidentBytes: 0,
    }),
    async close(): Promise<void> {
      for (const timer of timers) clearInterval(timer)
      streams.clear()
      follower.close()
      await ownership.release()
    },
  }
}
