/** Schemas of every message on `/ws`: they validate what clients send, and document both directions in `/asyncapi.json`. */
import Type, { type Static, type TSchema } from 'typebox'
import type { ClientMessage, ServerMessage } from '../../shared/api/views.js'
import { type BudgetEvent, degradationKinds } from '../../shared/budget/degradation.js'
import type { DetectionsMessage, PictureHeader } from '../../shared/detection/message.js'
import { dropReasons } from '../../shared/frame/balance.js'
import { type AlertEvent, alertKinds } from '../../shared/memory/alert.js'
import { type DropsEvent, type StreamStateEvent, streamStates } from '../../shared/stream/stream.js'
import { closed, nullable, streamId, wallMs, words } from '../api/schema/common.js'
import { stateReason } from '../api/schema/streams.js'

const type = <const T extends string>(name: T) => Type.Literal(name)
const v = Type.Literal(1)
const streamIds = (description: string) => Type.Array(streamId, { maxItems: 256, description })

export const clientMessageSchemas = {
  subscribe: Type.Object(
    {
      type: type('subscribe'),
      streams: Type.Optional(streamIds('Absent or empty: every stream.')),
      classes: Type.Optional(
        Type.Array(Type.String({ maxLength: 128 }), {
          maxItems: 256,
          description: 'Class names; absent or empty: every class.',
        }),
      ),
      minScore: Type.Optional(
        Type.Number({ minimum: 0, maximum: 1, description: 'Detections below it are left out, 0 … 1.' }),
      ),
      pictures: Type.Optional(streamIds('Streams whose pictures are wanted too, as binary messages.')),
    },
    { ...closed, description: 'Says what this client wants to see; replaces the subscription before.' },
  ),
  unsubscribe: Type.Object(
    { type: type('unsubscribe') },
    { ...closed, description: 'Nothing more, please.' },
  ),
}

const frame = Type.Object(
  { width: Type.Integer(), height: Type.Integer() },
  { description: 'Source frame, px.' },
)
const identity = {
  v,
  stream: streamId,
  epoch: Type.Number({ description: 'Session of the stream.' }),
  seq: Type.Number({ description: 'Rises within the epoch; a gap is a dropped frame.' }),
  capturedAt: wallMs(
    'When the camera took the frame, where it says so by RTCP; else when the frame arrived.',
  ),
  frame,
}
const ms = Type.Number()
const inForce = Type.Object(
  {
    fps: nullable(Type.Number({ description: 'Frame rate cap; null takes every frame.' })),
    model: nullable(Type.String({ description: 'null is the default model.' })),
    paused: Type.Boolean(),
  },
  { description: 'What the stream runs with.' },
)

export const serverMessageSchemas = {
  hello: Type.Object(
    { type: type('hello'), v, version: Type.String() },
    { description: 'The first message.' },
  ),
  subscribed: Type.Object(
    {
      type: type('subscribed'),
      streams: Type.Array(Type.String()),
      classes: Type.Array(Type.String()),
      minScore: Type.Number(),
      pictures: Type.Array(Type.String()),
    },
    { description: 'The subscription as it was understood.' },
  ),
  unsubscribed: Type.Object({ type: type('unsubscribed') }, { description: 'Nothing more will come.' }),
  lost: Type.Object(
    {
      type: type('lost'),
      messages: Type.Integer({ description: 'Since the last such message.' }),
      total: Type.Integer({ description: 'Since the connection began.' }),
    },
    { description: 'This client was too slow: its oldest messages are gone.' },
  ),
  error: Type.Object(
    { type: type('error'), code: Type.String(), detail: Type.String(), remedy: Type.String() },
    { description: 'The client’s last message was refused; the connection goes on.' },
  ),
  detections: Type.Object(
    {
      type: type('detections'),
      ...identity,
      model: Type.String(),
      detections: Type.Array(
        Type.Object({
          id: Type.String(),
          classId: Type.Integer(),
          class: Type.String(),
          score: Type.Number({ description: '0 … 1' }),
          box: Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()], {
            description: 'x1, y1, x2, y2 in px of the source frame.',
          }),
        }),
      ),
      timing: Type.Object({ decodeMs: ms, queueMs: ms, batchMs: ms, inferMs: ms, postMs: ms, totalMs: ms }),
    },
    { description: 'The result of one frame.' },
  ),
  'stream.state': Type.Object(
    {
      type: type('stream.state'),
      v,
      stream: streamId,
      state: words(streamStates),
      reason: nullable(stateReason),
      since: wallMs('When the state began.'),
    },
    { description: 'A stream changed its state.' },
  ),
  drops: Type.Object(
    {
      type: type('drops'),
      v,
      stream: streamId,
      at: wallMs('When it was counted.'),
      drops: Type.Partial(
        Type.Object(
          Object.fromEntries(dropReasons.map(reason => [reason, Type.Integer()])) as Record<
            (typeof dropReasons)[number],
            ReturnType<typeof Type.Integer>
          >,
        ),
      ),
    },
    { description: 'Frames lost since the last such message of the stream.' },
  ),
  budget: Type.Object(
    {
      type: type('budget'),
      v,
      stream: streamId,
      direction: words(['down', 'up']),
      level: Type.Integer({ description: 'Steps from what is declared, after this one.' }),
      kind: words(degradationKinds),
      from: inForce,
      to: inForce,
      reason: Type.String({ description: 'Which limit binds, by how much.' }),
      at: wallMs('When the step was taken.'),
    },
    { description: 'A stream gave way to the budget of its device, or came back, by one step.' },
  ),
  alert: Type.Object(
    {
      type: type('alert'),
      v,
      id: Type.String({ description: 'At most one alert of an id is firing.' }),
      kind: words(alertKinds),
      device: nullable(Type.String()),
      state: words(['firing', 'resolved']),
      value: Type.Number(),
      threshold: Type.Number(),
      meaning: Type.String({ description: 'What it means, with figures.' }),
      remedy: Type.String({ description: 'What to do.' }),
      owners: Type.Array(Type.Object({ owner: Type.String(), bytes: Type.Number() }), {
        description: 'Owners that grew, the most first; of leaks alone.',
      }),
      sinceMs: wallMs('When it began to fire.'),
      atMs: wallMs('When this was told.'),
    },
    {
      description:
        'An alert about memory fires, or is resolved. It comes to every client, subscribed or not.',
    },
  ),
  picture: Type.Object(
    { type: type('picture'), ...identity, mime: Type.Literal('image/jpeg') },
    { description: 'Binary: uint32 big-endian length of this header, the header as JSON, the JPEG.' },
  ),
}

/** Compile only where schemas and contracts have the same messages, and the messages the same fields. */
type Contract =
  | ServerMessage
  | DetectionsMessage
  | StreamStateEvent
  | DropsEvent
  | BudgetEvent
  | AlertEvent
  | PictureHeader
type Described<Schemas extends Record<string, TSchema>, Message extends { type: string }> = {
  [T in Message['type'] | (keyof Schemas & string)]: T extends keyof Schemas
    ? keyof Extract<Message, { type: T }> extends keyof Static<Schemas[T]>
      ? true
      : never
    : never
}
export const described = {
  client: { subscribe: true, unsubscribe: true } satisfies Described<
    typeof clientMessageSchemas,
    ClientMessage
  >,
  server: {
    hello: true,
    subscribed: true,
    unsubscribed: true,
    lost: true,
    error: true,
    detections: true,
    'stream.state': true,
    drops: true,
    budget: true,
    alert: true,
    picture: true,
  } satisfies Described<typeof serverMessageSchemas, Contract>,
}
