/** What the machine could do at best: the bare loop, while as many decoders as the pipeline has run to null. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { PreparedModel } from '../../infer/model/prepared-model.js'
import { decoderArguments } from '../../ingest/decoder/command.js'

const LOOP = fileURLToPath(new URL('./bare-loop.js', import.meta.url))

export interface CeilingSettings {
  model: PreparedModel
  bucket: number
  threads: number
  decoders: number
  clip: string
  seconds: number
}

/** @returns frames per second. */
export async function measureCeiling(settings: CeilingSettings): Promise<number> {
  const decoders = Array.from({ length: settings.decoders }, () => startDecoder(settings))
  await new Promise(resolve => setTimeout(resolve, 1000))
  const { model, bucket, threads, seconds } = settings
  const { stdout } = await promisify(execFile)(process.execPath, [
    LOOP,
    JSON.stringify(model),
    String(bucket),
    String(threads),
    String(seconds),
  ])
  for (const decoder of decoders) decoder.kill('SIGKILL')
  return Number(stdout)
}

/** The arguments that ingest gives its decoders, but for the output: nowhere. */
function startDecoder({ model, clip }: CeilingSettings): ChildProcess {
  const { widthPx, heightPx, letterbox } = model
  const args = decoderArguments({
    kind: 'file',
    shape: { widthPx, heightPx, letterbox },
    maxFps: null,
    keyframesOnly: false,
    maxPixels: 8_912_896,
    modern: true,
  })
  const toNull = args.map(arg => (arg === 'rawvideo' ? 'null' : arg === 'pipe:1' ? '-' : arg))
  const decoder = spawn('ffmpeg', toNull, { stdio: ['pipe', 'ignore', 'ignore'] })
  decoder.stdin.end(`ffconcat version 1.0\nfile 'file:${clip}'\n`)
  return decoder
}
