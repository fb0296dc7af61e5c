/** The FFmpeg of a simulated camera: one clip in a loop, in real time, as H.264 over RTP to two ports of this host. */
import type { ChildProcess } from 'node:child_process'
import { spawnBound } from '../../supervisor/bound-process.js'

export interface EncoderSettings {
  ffmpegPath: string
  /** null shows a test pattern. */
  video: string | null
  /** Where in the clip the first round begins. */
  startAtSeconds: number
}

/** Payload that fits an Ethernet frame with every header around it. */
const PACKET_BYTES = 1400
/** Larger clips are scaled down: a demo must leave the machine to detection. */
const MAX_WIDTH_PX = 1280
const PATTERN = 'testsrc2=size=640x480:rate=10'

export function spawnEncoder(settings: EncoderSettings, rtpPort: number, rtcpPort: number): ChildProcess {
  const args = [...inputArgs(settings), ...encoderArgs(), ...outputArgs(rtpPort, rtcpPort)]
  return spawnBound(settings.ffmpegPath, ['-nostdin', '-hide_banner', '-loglevel', 'warning', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function inputArgs({ video, startAtSeconds }: EncoderSettings): string[] {
  if (video === null) return ['-re', '-f', 'lavfi', '-i', PATTERN]
  const seek = startAtSeconds > 0 ? ['-ss', startAtSeconds.toFixed(3)] : []
  return ['-re', '-stream_loop', '-1', ...seek, '-i', `file:${video}`]
}

/** A key frame a second, no B-frames, parameter sets before each key frame: a client may join at any of them. */
function encoderArgs(): string[] {
  const filter = `scale=w='trunc(min(${MAX_WIDTH_PX},iw)/2)*2':h=-2,format=yuv420p`
  const codec = [
    '-c:v',
    'libx264',
    '-preset',
    'veryfast',
    '-tune',
    'zerolatency',
    '-crf',
    '23',
    '-threads',
    '1',
  ]
  const gop = ['-bf', '0', '-g', '600', '-sc_threshold', '0', '-force_key_frames', 'expr:gte(t,n_forced)']
  const headers = ['-flags', '+global_header', '-bsf:v', 'dump_extra=freq=keyframe']
  return ['-map', '0:v:0', '-an', '-sn', '-dn', '-vf', filter, ...codec, ...gop, ...headers]
}

function outputArgs(rtpPort: number, rtcpPort: number): string[] {
  const target = `rtp://127.0.0.1:${rtpPort}?rtcpport=${rtcpPort}&pkt_size=${PACKET_BYTES}`
  return ['-f', 'rtp', '-payload_type', '96', target]
}
