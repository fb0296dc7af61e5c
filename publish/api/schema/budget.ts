/** Schemas of budgets, reservations, admissions and histories. */
import Type from 'typebox'
import type { BudgetView, HistoryList } from '../../../shared/api/views.js'
import type { BudgetSettings, DeviceCapacity } from '../../../shared/budget/budget.js'
import { type Degradation, degradationKinds } from '../../../shared/budget/degradation.js'
import type { Admission, Reservation } from '../../../shared/budget/reservation.js'
import { type Resource, resources } from '../../../shared/budget/resources.js'
import {
  type AllFit,
  bases,
  bytes,
  closed,
  count,
  type Fits,
  nullable,
  nullableScalar,
  wallMs,
  words,
} from './common.js'

type EachResource<T> = { [resource in Resource]: T }
const ofEach = <T>(schema: T): EachResource<T> =>
  Object.fromEntries(resources.map(resource => [resource, schema])) as EachResource<T>

const units =
  'Bytes; slots; millionths of the engine’s and of the decoders’ time; bytes a second; streams. Whole numbers.'
const amounts = Type.Object(ofEach(Type.Number()), { description: units })
const limits = Type.Object(ofEach(nullable(Type.Number())), {
  description: `${units} null: no such limit, or it is not known.`,
})

export const admission = Type.Object(
  {
    device: Type.String(),
    cost: amounts,
    basis: words(bases, 'Whether the model was measured on this device.'),
    short: Type.Optional(
      Type.Array(Type.Object({ resource: words(resources), asked: Type.Number(), granted: Type.Number() }), {
        description: 'What it would take at its undeclared rate, and does not get.',
      }),
    ),
    note: Type.Optional(Type.String({ description: 'A sentence: what of it is assumed, or not had.' })),
  },
  {
    description:
      'What a stream takes of its device: for itself, and of its model if it is the first to need it.',
  },
)

const reservation = Type.Object(
  {
    v: Type.Literal(1),
    holder: Type.String({ description: '`stream:<id>`, or `held:<stage>:<instance>:<what>`.' }),
    device: Type.String(),
    model: nullable(Type.String()),
    own: amounts,
    shared: amounts,
    basis: words(bases),
    elastic: Type.Optional(Type.Array(words(resources))),
    priority: Type.Integer(),
    atMs: wallMs('When it was recorded.'),
    expiresAtMs: nullable(wallMs('When it lapses unless it is renewed; null: never by itself.')),
  },
  { description: 'One entry of the ledger.' },
)

const settings = {
  memoryFraction: Type.Number({ description: 'Of the device’s memory, what may be promised.' }),
  reserveFraction: Type.Number({ description: 'Of that, what is kept free.' }),
  utilisation: Type.Number({ description: 'Of the engine’s time, what may be promised.' }),
  maxStreams: nullable(
    Type.Integer({ description: 'Streams on the device; null: no limit of the operator’s.' }),
  ),
  batchWindowMs: nullable(Type.Number({ description: 'null: as infer.batchWindowMs says.' })),
  latencyTargetMs: Type.Number({ description: 'Captured → serialised: what a plan aims at.' }),
}
const budgetSettings = Type.Object(settings)
const overrides = Type.Partial(Type.Object(settings), {
  description: 'What was changed for this device; the rest is as the settings say.',
})

const capacity = Type.Object({
  id: Type.String(),
  kind: words(['cpu', 'gpu']),
  name: Type.String(),
  deviceTotalBytes: nullable(bytes('Memory of the GPU.')),
  hostTotalBytes: bytes('Of the host, or of the cgroup where that is less.'),
  cores: Type.Integer(),
  slabRows: Type.Integer(),
  slabSlots: count('Slots of each slab.'),
  decodePixelsPerSecond: nullable(Type.Number()),
  scalePixelsPerSecond: nullable(
    Type.Number({
      description: 'Pixels of NVDEC’s pictures that, scaled, would take all of the GPU’s time for a second.',
    }),
  ),
  pcieBytesPerSecond: nullable(Type.Number()),
  modelBytes: Type.Optional(
    nullable(bytes('What the settings fix for models; null: models follow the budget.')),
  ),
})

export const degradation = Type.Object(
  {
    v: Type.Literal(1),
    stream: Type.String(),
    level: Type.Integer({ description: '0 is as declared; each step is one further.' }),
    kind: words(degradationKinds),
    fps: nullable(Type.Number({ description: 'In force instead of the declared cap.' })),
    model: nullable(Type.String({ description: 'In force instead of the declared one.' })),
    paused: Type.Boolean(),
    reason: Type.String({ description: 'A sentence: which limit binds, by how much.' }),
    sinceMs: wallMs('When this step was taken.'),
  },
  { description: 'What a stream runs with while its device cannot carry what it declared.' },
)

export const deviceParams = Type.Object(
  { id: Type.String({ pattern: '^[a-z]+-[0-9]+$', description: 'A device as GET /api/v1/gpus lists it.' }) },
  closed,
)

const share = (description: string) =>
  nullableScalar<number>('number', { minimum: 0.01, maximum: 1, description })
export const changeBudgetBody = Type.Object(
  {
    memoryFraction: Type.Optional(share('Of the device’s memory, what may be promised, 0.01–1.')),
    reserveFraction: Type.Optional(
      nullableScalar<number>('number', {
        minimum: 0,
        maximum: 0.9,
        description: 'Of that, what is kept free, 0–0.9.',
      }),
    ),
    utilisation: Type.Optional(share('Of the engine’s time, what may be promised, 0.01–1.')),
    maxStreams: Type.Optional(
      nullableScalar<number>('integer', {
        minimum: 0,
        maximum: 4096,
        description: 'Streams on the device, 0–4096.',
      }),
    ),
    batchWindowMs: Type.Optional(
      nullableScalar<number>('number', {
        minimum: 0,
        maximum: 1000,
        description: 'How long a batch may wait to be filled, 0–1000 ms.',
      }),
    ),
    latencyTargetMs: Type.Optional(
      nullableScalar<number>('integer', {
        minimum: 1,
        maximum: 60_000,
        description: 'Captured → serialised: what a plan aims at, 1–60000 ms.',
      }),
    ),
  },
  {
    ...closed,
    minProperties: 1,
    description:
      'What to change; null takes a change back, so that the settings hold again. At least one of memoryFraction, reserveFraction, utilisation, maxStreams, batchWindowMs, latencyTargetMs.',
  },
)

export const budgetView = Type.Object(
  {
    device: Type.String(),
    settings: budgetSettings,
    overrides,
    capacity,
    limits,
    used: amounts,
    reservations: Type.Array(reservation),
  },
  { description: 'What a device may promise, what it has promised, and to whom.' },
)

const historyWhats = ['created', 'changed', 'removed', 'degraded', 'restored', 'state'] as const
const historyEntry = Type.Object({
  id: Type.String({ description: 'Of the stream or device.' }),
  at: wallMs('When.'),
  what: words(historyWhats),
  by: Type.String({
    description:
      '`token:` and the first 6 hex digits of the access token’s SHA-256; `ringside` for its own steps.',
  }),
  changes: Type.Array(Type.Object({ key: Type.String(), from: Type.Unknown(), to: Type.Unknown() })),
  reason: nullable(Type.String()),
})
export const historyList = Type.Object({ entries: Type.Array(historyEntry) }, { description: 'Newest last.' })
/** Values of a query are text. The newest 9999 at most; a shorter history is answered whole. */
export const historyQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.String({ pattern: '^[1-9][0-9]{0,3}$', description: 'Lines, the newest, 1–9999.' }),
    ),
  },
  closed,
)

export type BudgetFits = AllFit<
  [
    Fits<BudgetView, typeof budgetView>,
    Fits<Reservation, typeof reservation>,
    Fits<Admission, typeof admission>,
    Fits<BudgetSettings, typeof budgetSettings>,
    Fits<DeviceCapacity, typeof capacity>,
    Fits<Degradation, typeof degradation>,
    Fits<HistoryList, typeof historyList>,
  ]
>
