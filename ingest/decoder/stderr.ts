/**
 * Reads what FFmpeg says on stderr, line by line, as events. Pure: no process, no clock. No text of FFmpeg's leaves
 * here, since its errors quote the URL with the password; only what is recognised does, as numbers and words of ours.
 */
import type { ReasonCode } from '../../shared/stream/stream.js'
import type { DecoderEvent } from './event.js'

/** The first that fits decides: the specific stand before the general. */
const failures: readonly (readonly [RegExp, ReasonCode])[] = [
  [/\b(401 Unauthorized|403 Forbidden|authorization failed)/, 'unauthorized'],
  [/\b404 Not Found|\b454 |No such file or directory/, 'not_found'],
  // Not 400, with which a web server answers: that is no camera with a trouble, but none at all.
  [/\bmethod [A-Z_]+ failed: (?!400)[45]\d\d /, 'camera_error'],
  [/Connection refused/, 'connection_refused'],
  [/No route to host|Network is unreachable|Host is unreachable/, 'host_unreachable'],
  [/Failed to resolve hostname/, 'unknown_host'],
  [/(Connection|Operation) timed out/, 'no_answer'],
  [/Stream map '0:v:0' matches no streams|does not contain any stream/, 'no_video'],
  [
    /Decoder \(codec .*\) not found|Video: none|Unsupported codec|exceeds specified max pixel count/,
    'unsupported_codec',
  ],
  [/[Pp]icture size \d+x\d+ is invalid/, 'unsupported_codec'],
  [/Protocol not found|not on whitelist|Port missing in uri|Unsafe file name/, 'invalid_source'],
]

const corruption =
  /corrupt decoded frame|error while decoding|Error while decoding|RTP: missed \d+ packets|max delay reached|Invalid NAL unit|Missing reference picture|left block unavailable|non-existing PPS/
const serious = /\[(warning|error|fatal|panic)\]/
const stream = /^\s*(?:\[info\] )?\s*Stream #0:0(?:\[\w+\])?(?:\(\w+\))?: Video: (\w+)(.*)$/
const graphInput = /^\[graph \d+ input from stream 0:0 @ \w+\] \[\w+\] w:(\d+) h:(\d+) /

/** Makes events of lines; `null` where a line says nothing that matters. One parser a decoder. */
export class StderrParser {
  #media: string[] | null = null
  #sourceKnown = false

  parse(line: string): DecoderEvent | null {
    if (this.#media) return this.#parseSdp(line, this.#media)
    if (/^\[rtsp @ \w+\] \[verbose\] SDP:/.test(line)) {
      this.#media = []
      return null
    }
    if (line.includes('[verbose] Successfully connected to')) return { kind: 'connected' }
    const geometry = graphInput.exec(line)
    if (geometry) return { kind: 'geometry', widthPx: Number(geometry[1]), heightPx: Number(geometry[2]) }
    return this.#parseSource(line) ?? parseTrouble(line)
  }

  #parseSdp(line: string, media: string[]): DecoderEvent | null {
    if (line !== '' && !line.startsWith('[')) {
      if (media.length < 400) media.push(line)
      return null
    }
    this.#media = null
    return describe(media)
  }

  /** Only the first such line is the input's; the output's comes later. */
  #parseSource(line: string): DecoderEvent | null {
    const found = this.#sourceKnown ? null : stream.exec(line)
    if (!found) return null
    this.#sourceKnown = true
    const [, codec, rest] = found as unknown as [string, string, string]
    if (codec === 'none') return { kind: 'failure', code: 'unsupported_codec' }
    const size = /, (\d+)x(\d+)/.exec(rest)
    const rate = /, ([\d.]+) fps/.exec(rest) ?? /, ([\d.]+) tbr/.exec(rest)
    const source = {
      codec,
      widthPx: Number(size?.[1] ?? 0),
      heightPx: Number(size?.[2] ?? 0),
      fps: rate ? Number(rate[1]) : null,
    }
    return { kind: 'source', source }
  }
}

function parseTrouble(line: string): DecoderEvent | null {
  if (!serious.test(line)) return null
  const failure = failures.find(([pattern]) => pattern.test(withoutQuotes(line)))
  if (failure) return { kind: 'failure', code: failure[1] }
  return corruption.test(line) ? { kind: 'corruption' } : null
}

/** What stands in quotes may be the URL, and a camera's path must not look like an error ("/404 Not Found"). */
function withoutQuotes(line: string): string {
  return line.includes("Stream map '") ? line : line.replace(/'.*'/, '')
}

function describe(sdp: readonly string[]): DecoderEvent {
  const video: string[] = []
  let inVideo = false
  for (const line of sdp) {
    if (line.startsWith('m=')) {
      inVideo = line.startsWith('m=video')
      if (inVideo) video.push(staticEncoding(line))
    }
    const mapped = inVideo ? /^a=rtpmap:\d+ ([^/\s]+)/.exec(line)?.[1] : undefined
    if (mapped) video[video.length - 1] = mapped.toUpperCase()
  }
  return { kind: 'described', video, known: isKnownEncoding(video) }
}

/** Payload types that RFC 3551 fixes need no rtpmap. */
function staticEncoding(media: string): string {
  const type = Number(media.trim().split(/\s+/)[3])
  return { 26: 'JPEG', 31: 'H261', 32: 'MPV', 33: 'MP2T', 34: 'H263' }[type] ?? ''
}

/** RTP's names of the video encodings that FFmpeg takes apart. Of others it says nothing at all, and waits. */
const depacketised = new Set(
  'H261 H263 H263-1998 H263-2000 H264 H265 JPEG MP2T MP4V-ES MPV RAW DV THEORA VP8 VP9 VC2 X-QT X-QUICKTIME X-SV3V-ES X-SORENSON-VIDEO X-ASF-PF VND.ONVIF.METADATA'.split(
    ' ',
  ),
)

/** False where the camera's encodings are surely or probably none that this FFmpeg decodes. */
function isKnownEncoding(video: readonly string[]): boolean {
  return video.some(name => depacketised.has(name))
}
