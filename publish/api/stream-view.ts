/** Desired and actual state of a stream, merged into what REST answers. Pure. */
import type { StreamView } from '../../shared/api/views.js'
import { dropReasons, type FrameBalance } from '../../shared/frame/balance.js'
import type { HostedModelReport } from '../../shared/process/report.js'
import { type ActualStream, PROCESS_TIMEOUT_MS } from '../../shared/redis/reports.js'
import { redactText } from '../../shared/secrets/redact.js'
import type { DecoderReport } from '../../shared/stream/decoder.js'
import type { DesiredStream, IngestReport, StateReason, StreamState } from '../../shared/stream/stream.js'

export interface ViewContext {
  nowMs: number
  /** Whether any ingest process reports. */
  ingestAlive: boolean
  /** What the devices say of the models that streams want, and of the default (null). */
  models: ReadonlyMap<string | null, Pick<HostedModelReport, 'state' | 'reason'>>
}

interface ShownState {
  state: StreamState
  reason: StateReason | null
  since: number
}

export function streamView(desired: DesiredStream, actual: ActualStream, context: ViewContext): StreamView {
  const { ingest, degradation = null } = actual
  const ingestFresh = ingest !== null && context.ingestAlive && isFresh(ingest.atMs, context)
  const infer = actual.infer && isFresh(actual.infer.atMs, context) ? actual.infer : null
  return {
    id: desired.id,
    url: desired.shownUrl,
    model: desired.model,
    fps: desired.fps,
    priority: desired.priority,
    enabled: desired.enabled,
    ...stateOf({ ...desired, model: degradation?.model ?? desired.model }, ingest, context),
    source: ingest?.source ?? null,
    receivedFps: ingestFresh ? ingest.receivedFps : 0,
    inferredFps: infer?.inferredFps ?? 0,
    lagP50Ms: infer?.lagP50Ms ?? null,
    lagP99Ms: infer?.lagP99Ms ?? null,
    detectionsLast: infer?.detectionsLast ?? 0,
    frames: actual.infer?.balance ?? emptyBalance(),
    restarts: ingest?.restarts ?? 0,
    decodeErrors: ingest?.decodeErrors ?? 0,
    decoder: decoderOf(desired, ingest),
    ringSlots: desired.ring.slots.length,
    fallbackModel: desired.fallbackModel ?? null,
    degradation: desired.enabled ? degradation : null,
    createdAt: desired.createdAtMs,
    updatedAt: desired.updatedAtMs,
  }
}

/** What the last attempt used was chosen for another wish where the wish has changed since. */
function decoderOf({ decoder: wanted = 'auto' }: DesiredStream, ingest: IngestReport | null): DecoderReport {
  const reported = ingest?.decoder
  if (reported?.wanted === wanted) return reported
  return { wanted, used: null, reason: null, clock: 'arrival' }
}

/** What the operator paused is paused, whoever runs; nothing else goes on without ingest. */
function stateOf(desired: DesiredStream, ingest: IngestReport | null, context: ViewContext): ShownState {
  if (!desired.enabled) return pausedState(desired, ingest)
  if (!context.ingestAlive) {
    const text = 'No ingest process runs, so no camera is read. See /readyz.'
    return {
      state: 'closed',
      reason: { code: 'ingest_down', text },
      since: ingest?.atMs ?? desired.updatedAtMs,
    }
  }
  if (!ingest || !isFresh(ingest.atMs, context) || isOutdated(ingest, desired)) {
    return { state: 'connecting', reason: null, since: Math.max(desired.updatedAtMs, ingest?.atMs ?? 0) }
  }
  const reason = modelReason(desired, ingest, context) ?? ingest.reason
  return { state: ingest.state, reason: safeReason(reason), since: ingest.sinceMs }
}

/**
 * Why the stream's model is not served: told where the camera is well. The stream may be live all the same, with the
 * detections of the model that it had before.
 */
function modelReason(desired: DesiredStream, ingest: IngestReport, context: ViewContext): StateReason | null {
  const bySlab = ingest.reason === null || ingest.reason.code === 'waiting_for_slab'
  const model = context.models.get(desired.model)
  return bySlab && model?.state === 'failed' ? model.reason : null
}

function pausedState(desired: DesiredStream, ingest: IngestReport | null): ShownState {
  if (ingest?.state === 'paused') {
    return { state: 'paused', reason: safeReason(ingest.reason), since: ingest.sinceMs }
  }
  const text = 'An operator paused this stream.'
  return { state: 'paused', reason: { code: 'paused_by_operator', text }, since: desired.updatedAtMs }
}

/** The stream was resumed, and ingest has not come to it yet. */
function isOutdated(ingest: IngestReport, desired: DesiredStream): boolean {
  return ingest.atMs < desired.updatedAtMs && (ingest.state === 'paused' || ingest.state === 'closed')
}

function isFresh(atMs: number, context: ViewContext): boolean {
  return context.nowMs - atMs <= PROCESS_TIMEOUT_MS
}

/** Reasons hold no secret by contract; publish is the last door, so it looks again. */
function safeReason(reason: StateReason | null): StateReason | null {
  return reason && { code: reason.code, text: redactText(reason.text) }
}

export function emptyBalance(): FrameBalance {
  const drops = Object.fromEntries(dropReasons.map(reason => [reason, 0])) as FrameBalance['drops']
  return { received: 0, inferred: 0, drops, inFlight: 0, residual: 0 }
}
