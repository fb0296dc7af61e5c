/** What a stream asks of its device: as declared, else as its camera was seen to send, else as is usual. Pure. */
import type { StreamDemand } from '../shared/budget/budget.js'
import type { DeviceKnowledge } from '../shared/budget/knowledge.js'
import { canonicalModelName } from '../shared/model/model-name.js'
import type { DecoderWish } from '../shared/stream/decoder.js'
import type { DesiredStream, IngestReport } from '../shared/stream/stream.js'

/** Of a camera that was not seen yet. */
export const ASSUMED_FPS = 25
const ASSUMED_SIZE = { widthPx: 1920, heightPx: 1080, codec: null }

export type DemandingStream = Pick<DesiredStream, 'id' | 'model' | 'fps' | 'priority' | 'decoder'> & {
  ringSlots: number
}

/** What of its camera bears on its cost; null before the first connection. */
export type Seen = Pick<IngestReport, 'source' | 'decoder'> | null

export function demandOf(
  stream: DemandingStream,
  seen: Seen,
  { defaultModel, capacity }: Pick<DeviceKnowledge, 'defaultModel' | 'capacity'>,
): StreamDemand {
  const { id, fps: cap, priority, ringSlots } = stream
  const source = seen?.source ?? null
  const sentFps = source?.fps ?? null
  const used = usedDecoder(stream, seen)
  const { widthPx, heightPx, codec } = source ?? ASSUMED_SIZE
  const isAssumed = { fps: cap === null && sentFps === null, size: source === null, decoder: used === null }
  return {
    id,
    model: canonicalModelName(stream.model ?? defaultModel),
    fps: Math.min(cap ?? Number.POSITIVE_INFINITY, sentFps ?? cap ?? ASSUMED_FPS),
    sourceFps: sentFps ?? cap ?? ASSUMED_FPS,
    widthPx,
    heightPx,
    codec,
    decoder: used ?? expectedDecoder(stream.decoder ?? 'auto', capacity.kind),
    ringSlots,
    priority,
    assumed: (['fps', 'size', 'decoder'] as const).filter(what => isAssumed[what]),
    elastic: cap === null,
  }
}

/** What its last attempt used; null where its operator wants another since. */
function usedDecoder({ decoder = 'auto' }: DemandingStream, seen: Seen): StreamDemand['decoder'] | null {
  return seen?.decoder.wanted === decoder ? seen.decoder.used : null
}

function expectedDecoder(wanted: DecoderWish, kind: 'cpu' | 'gpu'): StreamDemand['decoder'] {
  if (wanted !== 'auto') return wanted
  return kind === 'gpu' ? 'nvdec' : 'libav'
}
