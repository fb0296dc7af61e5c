/** What a decoder tells of its source, whatever decodes it: numbers and words of ours, never text that could hold a URL. */
import type { CaptureClock } from '../../shared/stream/decoder.js'
import type { ReasonCode, SourceInfo } from '../../shared/stream/stream.js'

export type DecoderEvent =
  /** The TCP connection stands: there is somebody. */
  | { kind: 'connected' }
  /** The camera described its stream; encodings of its video tracks, and whether one of them is surely known to the decoder. */
  | { kind: 'described'; video: string[]; known: boolean }
  /** What is decoded is known. */
  | { kind: 'source'; source: SourceInfo }
  /** Size of the frames that follow, told before the first of them is handed on, and again when it changes. */
  | { kind: 'geometry'; widthPx: number; heightPx: number }
  /** A damaged frame, or packets that were lost. */
  | { kind: 'corruption' }
  /** Whose clock stamps the frames from here on. */
  | { kind: 'clock'; clock: CaptureClock }
  /** Why the decoder will end, as far as it knows. */
  | { kind: 'failure'; code: ReasonCode }
