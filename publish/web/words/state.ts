/** The state of a stream in words, with a tone; colour never says it alone. */
import type { StreamView } from '../../../shared/api/views.js'
import type { ReasonCode, StreamState } from '../../../shared/stream/stream.js'
import { plural } from './format.js'

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
  camera_error: 'It is tried again by itself. If it stays, close other viewers of the camera, or restart it.',
  no_frames: 'The camera accepted the connection but sent no picture. Restarting it often helps.',
  invalid_source: 'Check the URL.',
  model_unavailable: 'Give the stream another model, or mend this one.',
  model_no_room:
    'Give the stream a smaller model, take streams off another one, or raise model.memoryBytes in the settings.',
  paused_by_budget:
    'It comes back by itself when there is room. Raise its priority or its device’s budget, or lower what others take.',
  ingest_down: 'The ingest process does not run; Ringside starts it again by itself.',
}

export function adviceFor(code: ReasonCode): string | null {
  return advice[code] ?? null
}

/** Whether a reason is about the stream's model, and so the models page tells more. */
export function isModelReason(code: ReasonCode): boolean {
  return code === 'model_unavailable' || code === 'model_no_room'
}

type Stated = Pick<StreamView, 'state' | 'reason'>

/** A stream that nobody closed on purpose is no quiet one; nor is one that goes on with a model it should not have. */
export function toneOf({ state, reason }: Stated): Tone {
  const stopped = state === 'closed' && reason?.code === 'ingest_down'
  const lacksModel = state !== 'paused' && reason !== null && isModelReason(reason.code)
  const lacksRoom = reason?.code === 'paused_by_budget'
  return stopped || lacksModel || lacksRoom ? 'bad' : stateWords[state].tone
}

/** True where somebody should look. */
export function isProblem(stream: Stated): boolean {
  return toneOf(stream) === 'bad'
}

/** "5 streams: 3 live, 1 in trouble, 1 paused" */
export function summarise(list: readonly Stated[]): string {
  const count = (wanted: (stream: Stated) => boolean): number => list.filter(wanted).length
  const parts: [number, string][] = [
    [count(stream => stream.state === 'live' && !isProblem(stream)), 'live'],
    [count(stream => stream.state === 'connecting' && !isProblem(stream)), 'connecting'],
    [count(isProblem), 'in trouble'],
    [count(stream => stream.state === 'paused' && !isProblem(stream)), 'paused'],
    [count(stream => stream.state === 'closed' && !isProblem(stream)), 'closed'],
  ]
  const told = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`)
  return `${plural(list.length, 'stream')}: ${told.join(', ')}`
}
