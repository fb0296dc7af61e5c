/** The state of a stream in words, with a tone; colour never says it alone. */
import type { StreamView } from '../../../shared/api/views.js'
import type { ReasonCode, StreamState } from '../../../shared/stream/stream.js'

export type Tone = 'good' | 'busy' | 'bad' | 'idle'

interface StateWords {
  word: string
  tone: Tone
  /** Shown where the server gives no reason. */
  meaning: string
}

export const stateWords: Record<StreamState, StateWords> = {
  connecting: { word: 'Connecting', tone: 'busy', meaning: 'Asking the camera for its video.' },
  live: { word: 'Live', tone: 'good', meaning: 'Frames arrive and are inferred.' },
  stalled: { word: 'Stalled', tone: 'bad', meaning: 'The camera has stopped sending frames.' },
  backing_off: { word: 'Retrying', tone: 'bad', meaning: 'The connection failed; it is tried again soon.' },
  failed: { word: 'Failed', tone: 'bad', meaning: 'The camera cannot be used as it is set up.' },
  paused: { word: 'Paused', tone: 'idle', meaning: 'Paused by an operator.' },
  closed: { word: 'Closed', tone: 'idle', meaning: 'The stream is being removed.' },
}

/** What a person can do about a reason; the server's sentence says what is wrong. */
const advice: Partial<Record<ReasonCode, string>> = {
  unauthorized: 'Check the user name and password in the URL: rtsp://user:password@host/…',
  not_found: 'The camera answers, but not at this path. Its manual names the path of its stream.',
  no_video: 'The camera offers no video at this path. Try another of its streams.',
  unsupported_codec: 'Set the camera to H.264 or H.265.',
  connection_refused:
    'Nothing listens at that port. RTSP is usually on 554: check the port, and that RTSP is enabled.',
  host_unreachable: 'Check the address, and that this machine is on the camera’s network.',
  unknown_host: 'Check the spelling of the host name, or use the camera’s IP address.',
  no_answer: 'Check that the camera is on, and that no firewall stands between.',
  no_frames: 'The camera accepted the connection but sent no picture. Restarting it often helps.',
  invalid_source: 'Check the URL.',
  ingest_down: 'The ingest process does not run; Ringside starts it again by itself.',
}

export function adviceFor(code: ReasonCode): string | null {
  return advice[code] ?? null
}

type Stated = Pick<StreamView, 'state' | 'reason'>

/** A stream that nobody closed on purpose is no quiet one. */
export function toneOf(stream: Stated): Tone {
  const stopped = stream.state === 'closed' && stream.reason?.code === 'ingest_down'
  return stopped ? 'bad' : stateWords[stream.state].tone
}

/** True where somebody should look. */
export function isProblem(stream: Stated): boolean {
  return toneOf(stream) === 'bad'
}
