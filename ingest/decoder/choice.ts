/** Which backend decodes a stream: the first of those wanted that can, with the reason for each that cannot. Pure. */
import { type DecoderBackendName, type DecoderWish, decoderBackends } from '../../shared/stream/decoder.js'

export interface DecoderChoice {
  used: DecoderBackendName
  /** Why not those before it; null where it is the first wanted. */
  reason: string | null
}

/** @param hindrance why a backend cannot be used now, null where it can. `ffmpeg` can always. */
export function chooseDecoder(
  wanted: DecoderWish,
  hindrance: (backend: DecoderBackendName) => string | null,
): DecoderChoice {
  const reasons: string[] = []
  for (const backend of candidatesOf(wanted)) {
    const why = backend === 'ffmpeg' ? null : hindrance(backend)
    if (why === null) return { used: backend, reason: reasons.length > 0 ? reasons.join(' ') : null }
    reasons.push(`${backend}: ${why}`)
  }
  throw new Error('unreachable: ffmpeg is always the last candidate')
}

/** The backends of a wish, in the order in which they are tried. */
export function candidatesOf(wanted: DecoderWish): readonly DecoderBackendName[] {
  return wanted === 'auto' ? decoderBackends : decoderBackends.slice(decoderBackends.indexOf(wanted))
}
