/** The argument list of a decoder: built by fluent-ffmpeg from numbers and words of ours alone, then held against an allow-list. */
import ffmpeg from 'fluent-ffmpeg'
import { RingsideError } from '../../shared/errors.js'
import { type FrameShape, filtersOf } from './filters.js'
import type { Source } from './source.js'

export interface DecodeOptions {
  kind: Source['kind']
  shape: FrameShape
  /** Frame rate cap; null passes every frame. */
  maxFps: number | null
  /** Decode key frames only: a fraction of the CPU where the cap is lower than their rate. */
  keyframesOnly: boolean
  maxPixels: number
  /** FFmpeg 5.1 or later. */
  modern: boolean
}

const whitelists = { rtsp: 'pipe,rtsp,rtsps,rtp,tcp,udp,tls', file: 'pipe,file' } as const

/** @throws RingsideError `internal` where an argument is not one that a decoder may have. */
export function decoderArguments(options: DecodeOptions): string[] {
  const command = ffmpeg('pipe:0')
    .inputOptions(inputOptions(options))
    .videoFilters(filtersOf(options.shape, options.maxFps))
    .outputOptions(outputOptions(options))
    .output('pipe:1')
  // fluent-ffmpeg would also spawn the process, but knows neither our pipe nor the parent-death signal:
  // `_getArguments` is the list that it would spawn with.
  const args = (command as unknown as { _getArguments(): string[] })._getArguments()
  assertAllowed(args)
  return args
}

function inputOptions({ kind, keyframesOnly, maxPixels }: DecodeOptions): string[] {
  return [
    ...['-hide_banner', '-nostats', '-nostdin'],
    ...['-loglevel', 'level+verbose'], // the SDP, the source's size and its changes are told at this level
    ...['-protocol_whitelist', whitelists[kind]],
    ...['-max_pixels', String(maxPixels)],
    ...['-threads', '1'], // frame threads would hold frames back, and streams are parallel already
    ...(keyframesOnly ? ['-skip_frame', 'nokey'] : []),
    ...(kind === 'file' ? ['-re', '-stream_loop', '-1'] : ['-probesize', '32', '-fpsprobesize', '0']),
    ...['-f', 'concat', '-safe', '0'],
  ]
}

function outputOptions({ modern }: DecodeOptions): string[] {
  return [
    ...['-map', '0:v:0', '-an', '-sn', '-dn'],
    ...(modern ? ['-fps_mode', 'passthrough'] : ['-vsync', 'passthrough']),
    ...['-pix_fmt', 'yuv420p', '-f', 'rawvideo'],
  ]
}

const number = /^\d+$/
const filter =
  /^(select='[a-z0-9(),.+*-]+',)?scale=w=[^:]+:h=[^:]+:flags=\w+:out_range=tv(,pad=[a-z0-9=:'*/(),-]+)?$/
/** flag → what its value must be; null where it has none. */
const allowed: Record<string, RegExp | null> = {
  '-hide_banner': null,
  '-nostats': null,
  '-nostdin': null,
  '-loglevel': /^level\+verbose$/,
  '-protocol_whitelist': new RegExp(`^(${whitelists.rtsp}|${whitelists.file})$`),
  '-max_pixels': number,
  '-threads': number,
  '-skip_frame': /^nokey$/,
  '-re': null,
  '-stream_loop': /^-1$/,
  '-probesize': number,
  '-fpsprobesize': number,
  '-f': /^(concat|rawvideo)$/,
  '-safe': /^0$/,
  '-i': /^pipe:0$/,
  '-filter:v': filter,
  '-map': /^0:v:0$/,
  '-an': null,
  '-sn': null,
  '-dn': null,
  '-fps_mode': /^passthrough$/,
  '-vsync': /^passthrough$/,
  '-pix_fmt': /^yuv420p$/,
}

/** Refuses whatever is not on the list, so that no text from outside ever becomes an argument. */
export function assertAllowed(args: readonly string[]): void {
  const output = args.at(-1)
  if (output !== 'pipe:1') throw refused(String(output))
  for (let i = 0; i < args.length - 1; i++) {
    const flag = args[i] as string
    const value = Object.hasOwn(allowed, flag) ? allowed[flag] : undefined
    if (value === undefined) throw refused(flag)
    if (value !== null && !value.test(args[++i] ?? '')) throw refused(flag)
  }
}

function refused(argument: string): RingsideError {
  return new RingsideError(
    'internal',
    `The decoder's argument ${argument.slice(0, 40)} is not on the allow-list.`,
    {
      key: 'ffmpeg argument',
      remedy: 'This is a fault of Ringside: please report it.',
    },
  )
}
