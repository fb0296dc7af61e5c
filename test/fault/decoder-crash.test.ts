/** kill -9 of a decoder process that decodes several streams: each loses a reconnect, none a slot, and ingest nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CRASHES_BORNE } from '../../ingest/session/decoder-history.js'
import type { IngestReport } from '../../shared/stream/stream.js'
import { type Camera, startCamera } from '../tools/gst-camera.js'
import { decodersOf, type IngestStage, startIngestStage } from '../tools/ingest-stage.js'

const STREAMS = ['one', 'two', 'three']
const TOGETHER = 2

let stage: IngestStage
let camera: Camera

beforeAll(async () => {
  camera = await startCamera({ fps: 10, gop: 5 })
  stage = await startIngestStage({ RINGSIDE_INGEST_LIBAV_STREAMS_PER_PROCESS: String(TOGETHER) }, 'libav')
  for (const id of STREAMS) await stage.register(id, camera.url)
  for (const id of STREAMS) await stage.untilFrames(id, 10, 15_000)
})
afterAll(async () => {
  await stage?.close()
  await camera?.kill()
})

const live = (id: string) => stage.untilState(id, 'live', 15_000)
const processes = async (): Promise<Map<number, string[]>> => {
  const byPid = new Map<number, string[]>()
  for (const id of STREAMS) {
    const { decoderPid } = await live(id)
    byPid.set(decoderPid as number, [...(byPid.get(decoderPid as number) ?? []), id])
  }
  return byPid
}

describe('a decoder process', () => {
  it('takes as many streams as it may, and no more', async () => {
    const byPid = await processes()
    expect([...byPid.values()].map(streams => streams.length).sort()).toEqual([1, 2])
    expect(decodersOf(stage.process().pid as number)).toHaveLength(2)
  })

  it('that is killed costs its streams a reconnect, and the others nothing', async () => {
    const [[pid, victims]] = [...(await processes())].filter(
      ([, streams]) => streams.length === TOGETHER,
    ) as [[number, string[]]]
    const bystander = STREAMS.find(id => !victims.includes(id)) as string
    const before = await live(bystander)
    process.kill(pid, 'SIGKILL')
    for (const id of victims) await lived(id, pid)
    for (const id of STREAMS) await continues(id)
    const after = await live(bystander)
    expect([after.decoderPid, after.restarts]).toEqual([before.decoderPid, before.restarts])
    for (const id of STREAMS) expect(stage.residual(id)).toBe(0)
    expect(stage.log()).not.toContain('"level":60')
  })

  it('that dies under a stream again and again leaves it to a process of its own, and says so', async () => {
    for (let crash = 1; crash < CRASHES_BORNE + 1; crash++) {
      const { decoderPid, decoder } = await live('one')
      if (decoder.used === 'ffmpeg') break
      process.kill(decoderPid as number, 'SIGKILL')
      await lived('one', decoderPid as number)
    }
    const { decoder } = await live('one')
    expect(decoder).toMatchObject({ wanted: 'libav', used: 'ffmpeg' })
    expect(decoder.reason).toMatch(/^libav: .*died 2 times under this stream/)
    for (const id of STREAMS) await continues(id)
    for (const id of STREAMS) expect(stage.residual(id)).toBe(0)
    expect(stage.frames('one').filter(({ torn }) => torn)).toEqual([])
  })
})

/** Waits until the stream is decoded by another process than that which was killed. */
async function lived(id: string, killedPid: number): Promise<void> {
  const fits = (report: IngestReport): boolean =>
    report.state === 'live' && report.decoderPid !== null && report.decoderPid !== killedPid
  await stage.until(id, fits, 15_000)
}

async function continues(id: string): Promise<void> {
  await stage.untilFrames(id, stage.frames(id).length + 10, 10_000)
}
