/** A source URL made safe to give to FFmpeg, and the script that gives it: on stdin, since every user of the host can read argv. */
import { fileURLToPath } from 'node:url'
import { RingsideError } from '../../shared/errors.js'
import { rememberSecretsOf } from '../../shared/secrets/redact.js'

export interface Source {
  kind: 'rtsp' | 'file'
  /** What FFmpeg opens, with its credentials: goes to the script and nowhere else. */
  address: string
  /** What a person may see of it: the camera's host and port, or the file. */
  shown: string
}

const rtspSchemes = ['rtsp:', 'rtsps:']
/** C0, DEL and C1: a line break would smuggle another directive into the script. */
const control = /[\p{Cc}\u2028\u2029]/u

/** @throws RingsideError `invalid_source_url`. */
export function parseSource(url: string, allowFileSources: boolean): Source {
  rememberSecretsOf(url)
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw invalid('The source is not a URL.', 'Use rtsp://host:port/path.')
  }
  if (control.test(url)) throw invalid('The source URL has a control character in it.', 'Take it out.')
  if (parsed.protocol === 'file:') return fileSource(parsed, allowFileSources)
  if (!rtspSchemes.includes(parsed.protocol))
    throw invalid(`The source's scheme is ${parsed.protocol}//.`, 'Use rtsp:// or rtsps://.')
  if (!parsed.hostname) throw invalid('The source URL names no host.', 'Use rtsp://host:port/path.')
  return { kind: 'rtsp', address: url, shown: parsed.host }
}

function fileSource(url: URL, allowed: boolean): Source {
  if (!allowed)
    throw invalid(
      'File sources are switched off.',
      'Set ingest.allowFileSources: true; they read files of this host.',
    )
  try {
    const path = fileURLToPath(url)
    if (control.test(path)) throw invalid('The path of the file has a control character in it.', 'Rename it.')
    return { kind: 'file', address: `file:${path}`, shown: path }
  } catch (error) {
    if (error instanceof RingsideError) throw error
    throw invalid('The file URL names no file of this host.', 'Use file:///path/to/clip.mp4.')
  }
}

function invalid(message: string, remedy: string): RingsideError {
  return new RingsideError('invalid_source_url', message, { key: 'url', remedy })
}

/**
 * The ffconcat script. FFmpeg analyses a stream for seconds before it decodes; a camera says in its SDP what it sends,
 * so the analysis ends with the first packet (5 s sooner at 2 frames a second).
 * @param scriptOptions whether this FFmpeg knows `option` lines (5.1 does, 4.1 does not).
 */
export function scriptOf(source: Source, scriptOptions: boolean): string {
  const bare = source.kind === 'file' || scriptOptions
  const address = bare ? source.address : preferTcp(source.address)
  const lines = ['ffconcat version 1.0', `file '${address.replaceAll("'", "'\\''")}'`]
  if (source.kind === 'rtsp' && scriptOptions)
    lines.push('option rtsp_transport tcp', 'option probesize 32', 'option fpsprobesize 0')
  return `${lines.join('\n')}\n`
}

/** FFmpeg takes the word `tcp` in a query for itself, in every version. */
function preferTcp(address: string): string {
  return address + (address.includes('?') ? '&tcp' : '?tcp')
}
