/** What decodes a stream, in a line. */
import type { DecoderReport } from '../../../shared/stream/decoder.js'

export function decoderWords({ wanted, used }: DecoderReport): string {
  if (!used) return wanted === 'auto' ? 'chosen when it connects' : `${wanted} when it connects`
  return wanted === used || wanted === 'auto' ? used : `${used}, since ${wanted} cannot`
}
