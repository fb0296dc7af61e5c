/** Schemas of what `/api/v1/streams` and `/api/v1/probe` take and answer. */
import Type from 'typebox'
import type { StreamList, StreamView } from '../../../shared/api/views.js'
import { dropReasons } from '../../../shared/frame/balance.js'
import { captureClocks, decoderBackends, decoderWishes } from '../../../shared/stream/decoder.js'
import { reasonCodes, streamStates } from '../../../shared/stream/stream.js'
import { admission, degradation } from './budget.js'
import {
  type AllFit,
  closed,
  count,
  type Fits,
  nullable,
  nullableScalar,
  streamId,
  wallMs,
  words,
} from './common.js'

const sourceUrl = Type.String({
  minLength: 1,
  maxLength: 2048,
  description:
    'rtsp://user:password@host:port/path or rtsps://…; stored encrypted, answered without credentials.',
})
const model = nullableScalar<string>('string', {
  maxLength: 128,
  description: 'Name of a served model (GET /api/v1/models); null takes the default one.',
})
const fps = nullableScalar<number>('number', {
  minimum: 0.1,
  maximum: 240,
  description: 'Frame rate cap, 0.1–240 frames per second; null takes every frame.',
})
const priority = Type.Integer({
  minimum: 1,
  maximum: 9,
  description: '1 is degraded first under load, 9 last.',
})
const enabled = Type.Boolean({ description: 'false pauses the stream: its camera is not read.' })

const fallbackModel = nullableScalar<string>('string', {
  maxLength: 128,
  description:
    'Name of a smaller model, which it may run with while its device cannot carry its own; null: none.',
})
const ringSlots = Type.Integer({
  minimum: 2,
  maximum: 64,
  description: 'Slots in its ring, 2–64; slab.ringSlots where it is not given.',
})

const decoder = words(
  decoderWishes,
  'What decodes it; auto takes the first that works of nvdec, libav, ffmpeg. A named one falls back to those after it.',
)

export const createStreamBody = Type.Object(
  {
    id: streamId,
    url: sourceUrl,
    model: Type.Optional(model),
    fps: Type.Optional(fps),
    priority: Type.Optional(priority),
    enabled: Type.Optional(enabled),
    decoder: Type.Optional(decoder),
    fallbackModel: Type.Optional(fallbackModel),
    ringSlots: Type.Optional(ringSlots),
  },
  { ...closed, description: 'A stream to register: its id and url; the rest has defaults.' },
)

export const changeStreamBody = Type.Object(
  {
    url: Type.Optional(sourceUrl),
    model: Type.Optional(model),
    fps: Type.Optional(fps),
    priority: Type.Optional(priority),
    enabled: Type.Optional(enabled),
    decoder: Type.Optional(decoder),
    fallbackModel: Type.Optional(fallbackModel),
    ringSlots: Type.Optional(ringSlots),
  },
  {
    ...closed,
    minProperties: 1,
    description:
      'The fields to change; at least one of url, model, fps, priority, enabled, decoder, fallbackModel, ringSlots.',
  },
)

export const streamParams = Type.Object({ id: streamId }, closed)

export const probeBody = Type.Object({ url: sourceUrl }, { ...closed, description: 'The camera to try.' })

export const stateReason = Type.Object({
  code: words(reasonCodes),
  text: Type.String({ description: 'A sentence for a person.' }),
})

export const sourceInfo = Type.Object({
  widthPx: Type.Integer(),
  heightPx: Type.Integer(),
  codec: Type.String(),
  fps: nullable(Type.Number()),
})

export const dropCounts = Type.Object(
  Object.fromEntries(dropReasons.map(reason => [reason, Type.Integer()])) as Record<
    (typeof dropReasons)[number],
    ReturnType<typeof Type.Integer>
  >,
)

const decoderReport = Type.Object(
  {
    wanted: words(decoderWishes),
    used: nullable(words(decoderBackends)),
    reason: nullable(Type.String({ description: 'Why it is not the first of those wanted.' })),
    clock: words(
      captureClocks,
      'Whose clock capturedAt is: the camera’s, from its RTCP sender reports, or ours when the frame arrived.',
    ),
  },
  { description: 'What decodes the stream; used is null while nothing does.' },
)

export const streamView = Type.Object(
  {
    id: streamId,
    url: Type.String({ description: 'Without credentials.' }),
    model: nullable(Type.String()),
    fps: nullable(Type.Number({ description: 'Frame rate cap.' })),
    priority: Type.Integer(),
    enabled: Type.Boolean(),
    state: words(streamStates),
    reason: nullable(stateReason),
    since: wallMs('When the state began.'),
    source: nullable(sourceInfo),
    receivedFps: Type.Number({ description: 'Frames per second from the camera.' }),
    inferredFps: Type.Number({ description: 'Frames per second through the model.' }),
    lagP50Ms: nullable(Type.Number({ description: 'Captured → serialised, median of the last seconds.' })),
    lagP99Ms: nullable(Type.Number()),
    detectionsLast: count('Objects in the newest result.'),
    frames: Type.Object(
      {
        received: Type.Integer(),
        inferred: Type.Integer(),
        drops: dropCounts,
        inFlight: Type.Integer(),
        residual: Type.Integer(),
      },
      { description: 'received = inferred + Σ drops + inFlight + residual; the residual is 0.' },
    ),
    restarts: count('Decoder starts beyond the first.'),
    decodeErrors: count('Corruption warnings of the decoder.'),
    decoder: decoderReport,
    ringSlots: count('Slots in the ring of the stream.'),
    fallbackModel: nullable(Type.String({ description: 'What it may run with while its device is full.' })),
    createdAt: wallMs('When it was registered.'),
    updatedAt: wallMs('When it was changed last.'),
    degradation: Type.Optional(nullable(degradation)),
    admission: Type.Optional(admission),
  },
  { description: 'Desired and actual state of one stream.' },
)

export const streamList = Type.Object({ streams: Type.Array(streamView) })

export const probeResult = Type.Union([
  Type.Object({ ok: Type.Literal(true), source: sourceInfo }),
  Type.Object({ ok: Type.Literal(false), reason: stateReason }),
])

export type StreamFits = AllFit<[Fits<StreamView, typeof streamView>, Fits<StreamList, typeof streamList>]>
