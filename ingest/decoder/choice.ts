/** Which backend decodes a stream: the first of those wanted that can, with the reason for each that cannot. Pure. */
import { type DecoderBackendName, type DecoderWish, decoderBackends } from '../../shared/stream/decoder.js'

export interface DecoderChoice {
  used: DecoderBackendName
  /** Why not those before it; null where it is the first wanted. */
  reason: string | null
}

/**
 * On an H200 `nvdec` gave few frames a second, and its process died of sixteen streams (docs/decoders.md): until that is
 * mended, a stream has it by name alone.
 */
const NOT_BY_ITSELF: ReadonlySet<DecoderBackendName> = new Set(['nvdec'])
const BY_NAME = 'it is not reliable yet, and only taken where a stream names it.'

/** @param hindrance why a backend cannot be used now, null where it can. `ffmpeg` can always. */
export function chooseDecoder(
  wanted: DecoderWish,
  hindrance: (backend: DecoderBackendName) => string | null,
): DecoderChoice {
  const reasons: string[] = []
  for (const backend of candidatesOf(wanted)) {
    const why = backend === 'ffmpeg' ? null : (hindrance(backend) ?? unasked(wanted, backend))
    if (why === null) return { used: backend, reason: reasons.length > 0 ? reasons.join(' ') : null }
    reasons.push(`${backend}: ${why}`)
  }
  throw new Error('unreachable: ffmpeg is always the last candidate')
}

function unasked(wanted: DecoderWish, backend: DecoderBackendName): string | null {
  return wanted === 'auto' && NOT_BY_ITSELF.has(backend) ? BY_NAME : null
}

/** The backends of a wish, in the order in which they are tried. */
export function candidatesOf(wanted: DecoderWish): readonly DecoderBackendName[] {
  return wanted === 'auto' ? decoderBackends : decoderBackends.slice(decoderBackends.indexOf(wanted))
}
