/** Why a stream gives no frames, in words for the person who registered it; and whether trying again soon can help. */
import type { ReasonCode, StateReason } from '../../shared/stream/stream.js'

/** What is not mended by waiting a moment: somebody has to change something. */
const permanent: ReadonlySet<ReasonCode> = new Set([
  'unauthorized',
  'not_found',
  'no_video',
  'unsupported_codec',
  'invalid_source',
])

export function isPermanent(reason: StateReason): boolean {
  return permanent.has(reason.code)
}

const sentences: Record<ReasonCode, (shown: string) => string> = {
  unauthorized: shown => `${shown} refuses the user name or password: check the credentials in the URL.`,
  not_found: shown => `${shown} has no stream at this path: check the path in the URL.`,
  no_video: shown => `${shown} sends no video, only other media: choose the path of a video stream.`,
  unsupported_codec: shown =>
    `${shown} sends video that this FFmpeg cannot decode, or frames over ingest.maxPixels: set the camera to H.264 or H.265.`,
  connection_refused: shown => `${shown} refuses the connection: is the camera on, and the port right?`,
  host_unreachable: shown => `No network path leads to ${shown}: check the address and the network.`,
  unknown_host: shown => `The name of ${shown} is not known to DNS: check the host in the URL.`,
  no_answer: shown => `${shown} does not answer: is it on, reachable from here, and an RTSP camera?`,
  camera_error: shown =>
    `${shown} answers with an error of its own: it may be starting, or serve as many viewers as it can; connecting again.`,
  no_frames: shown => `${shown} described its stream but sent no frame in time.`,
  frame_gap: shown => `${shown} stopped sending frames; connecting again.`,
  source_ended: shown => `${shown} ended the stream; connecting again.`,
  decoder_exited: shown => `The decoder of ${shown} ended without saying why; starting it again.`,
  invalid_source: shown => `${shown} cannot be used as a source.`,
  paused_by_operator: () => 'Paused by the operator.',
  paused_by_budget: () => 'Paused by Ringside: the device cannot carry it. It resumes when there is room.',
  removed: () => 'The stream was removed.',
  waiting_for_slab: () => 'Waiting for infer: it has not announced its shared memory for this model yet.',
  model_unavailable: () => 'The model of this stream cannot be loaded.',
  model_no_room: () => 'There is no room for the model of this stream.',
  ingest_down: () => 'No ingest process runs.',
  shutdown: () => 'Ringside is stopping.',
}

/** @param shown host and port of the camera, or its file: no credentials. */
export function reasonOf(code: ReasonCode, shown = ''): StateReason {
  return { code, text: sentences[code](shown) }
}
