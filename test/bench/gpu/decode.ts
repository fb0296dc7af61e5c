/**
 * What the decoder backends give and cost on this machine, and whether NVDEC's frames are software's.
 *
 *   node dist/test/bench/gpu/decode.js CLIP [--streams 16,32] [--paced 8] [--seconds 8] [--backends nvdec,libav,ffmpeg]
 *
 * Saturated: `streams` streams decode the clip as fast as they can (nvdec, libav). Paced: in real time, as cameras send, for
 * the CPU of a frame. Prints JSON, and writes it as `decode.json`. Without a GPU the NVDEC rows say why they are missing.
 */
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Decoders } from '../../../ingest/decoder/decoders.js'
import { probeFfmpeg } from '../../../ingest/decoder/ffmpeg-path.js'
import { createLog } from '../../../shared/log.js'
import { type DecoderBackendName, decoderBackends } from '../../../shared/stream/decoder.js'
import { compareDecoders } from './decode-equality.js'
import { type LoadRequest, type LoadResult, runLoad, SHAPE } from './decode-load.js'
import { type Check, check, end, judged, tableOf, writeJson } from './outcome.js'

const GPU = 0
const EQUALITY_FRAMES = 30
/** `scale_cuda` averages a box where libswscale weighs a triangle: edges differ, flat areas do not. */
const MAX_MEAN_LEVELS = 3

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    streams: { type: 'string', default: '16,32' },
    paced: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '8' },
    backends: { type: 'string', default: decoderBackends.join() },
  },
})

async function main(): Promise<number> {
  const [clip] = positionals
  if (!clip) throw new Error('usage: decode.js CLIP [--streams 16,32] [--paced 8] [--seconds 8]')
  const log = createLog({ level: 'warn', name: 'decode' })
  const settings = {
    gpu: GPU,
    libavStreamsPerProcess: 8,
    nvdecStreamsPerProcess: 32,
    kernelsDir: path.join(os.tmpdir(), 'ringside-kernels'),
  }
  const decoders = new Decoders(probeFfmpeg(process.env.FFMPEG_PATH ?? 'ffmpeg', 'PATH'), settings, log)
  const missing: Record<string, string> = {}
  const rows: LoadResult[] = []
  for (const request of await requests(clip, decoders, missing)) {
    rows.push(await runLoad(decoders, request))
    console.error(JSON.stringify(rows.at(-1)))
  }
  await decoders.close()
  const equality = rows.some(({ backend }) => backend === 'nvdec')
    ? await compareDecoders(clip, SHAPE, EQUALITY_FRAMES, GPU)
    : null
  const file = writeJson('decode', { missing, rows, equality })
  console.log(JSON.stringify({ missing, rows, equality }))
  console.log(`${table(rows)}\n${file}`)
  return judged(checks(rows, equality))
}

async function requests(
  clip: string,
  decoders: Decoders,
  missing: Record<string, string>,
): Promise<LoadRequest[]> {
  const wanted = values.backends.split(',') as DecoderBackendName[]
  const able: DecoderBackendName[] = []
  for (const backend of wanted) {
    const { used, reason } = await decoders.choose(backend, () => null)
    if (used === backend) able.push(backend)
    else missing[backend] = reason ?? ''
  }
  const common = { clip, seconds: Number(values.seconds) }
  const many = Number(values.paced)
  const paced = many > 0 ? able.map(backend => ({ ...common, backend, streams: many, paced: true })) : []
  const saturated = values.streams
    .split(',')
    .filter(Boolean)
    .flatMap(streams =>
      able
        .filter(backend => backend !== 'ffmpeg') // plays files in real time only
        .map(backend => ({ ...common, backend, streams: Number(streams), paced: false })),
    )
  return [...paced, ...saturated]
}

function checks(
  rows: readonly LoadResult[],
  equality: Awaited<ReturnType<typeof compareDecoders>> | null,
): Check[] {
  const whole = rows.map(({ backend, streams, ended, framesPerSecond }) =>
    check(
      `${backend} × ${streams} decodes`,
      ended.length === 0 && framesPerSecond > 0,
      `${framesPerSecond.toFixed(0)} fps`,
    ),
  )
  const same = (equality?.planes ?? []).map(({ plane, mean, p999, padding }) =>
    check(
      `nvdec's plane ${plane} is libav's`,
      mean <= MAX_MEAN_LEVELS && padding === 0,
      `mean ${mean.toFixed(2)} levels, 99.9 % within ${p999}, ${padding} samples of padding differ`,
    ),
  )
  return [...whole, ...same]
}

function table(rows: readonly LoadResult[]): string {
  const head = [
    'decoder',
    'streams',
    'pace',
    'frames/s',
    'burst/s',
    'CPU ms/frame',
    'ingest CPU ms/frame',
    'first frame ms',
    'processes',
    'MiB',
  ]
  return tableOf(
    head,
    rows.map(row => [
      ...[row.backend, row.streams, row.paced ? 'real time' : 'full'],
      ...[row.framesPerSecond.toFixed(0), row.burstPerSecond.toFixed(0)],
      ...[row.decoderCpuMsPerFrame.toFixed(2), row.ingestCpuMsPerFrame.toFixed(3)],
      ...[row.firstFrameMs.toFixed(0), row.processes, row.residentMiB.toFixed(0)],
    ]),
  )
}

await end(main)
