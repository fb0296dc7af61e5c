/** Schemas of what is asked of a plan and what it answers. */
import Type from 'typebox'
import type { PlanAsked, PlanList } from '../../../shared/api/views.js'
import type { Plan, PlannedResource } from '../../../shared/budget/plan.js'
import type { PredictionError } from '../../../shared/budget/prediction-error.js'
import { type Resource, resources } from '../../../shared/budget/resources.js'
import type { WorkingPoint } from '../../../shared/budget/working-point.js'
import { modelNamePattern } from '../../../shared/model/model-name.js'
import { decoderBackends } from '../../../shared/stream/decoder.js'
import { type AllFit, closed, count, type Fits, nullable, words } from './common.js'

const MOST_STREAMS = 100_000

export const planBody = Type.Object(
  {
    streams: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MOST_STREAMS,
        description: 'Streams that are wanted; absent: only how many fit.',
      }),
    ),
    fps: Type.Number({
      exclusiveMinimum: 0,
      maximum: 240,
      description: 'Frames a second of each, up to 240.',
    }),
    resolution: Type.Optional(
      Type.String({ maxLength: 20, description: '1080p, 4k, 1280x720 …; 1080p where it is absent.' }),
    ),
    codec: Type.Optional(
      Type.String({ maxLength: 20, description: 'What the cameras send; for the record.' }),
    ),
    model: Type.Optional(
      Type.String({ pattern: modelNamePattern, description: 'Name of a model; absent: the default one.' }),
    ),
    decoder: Type.Optional(words(decoderBackends, 'Absent: nvdec on a GPU, libav on a CPU.')),
    ringSlots: Type.Optional(Type.Integer({ minimum: 2, maximum: 64, description: 'Slots of each ring.' })),
    gpu: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description:
          'Id or part of the name of a device that is here or that a stored profile is of; absent: each that is here.',
      }),
    ),
    latencyTargetMs: Type.Optional(
      Type.Number({ minimum: 1, maximum: 60_000, description: 'Instead of that of the budget, 1–60000 ms.' }),
    ),
    beside: Type.Optional(
      Type.Boolean({ description: 'Beside what runs now; absent or false: on an empty device.' }),
    ),
  },
  closed,
)

const amounts = Type.Object(
  Object.fromEntries(resources.map(resource => [resource, Type.Number()])) as Record<
    Resource,
    ReturnType<typeof Type.Number>
  >,
  { description: 'Bytes; slots; millionths of time; bytes a second; streams.' },
)

const planned = Type.Object({
  resource: words(resources),
  used: Type.Number({ description: 'With the planned streams.' }),
  limit: nullable(Type.Number({ description: 'null: no limit, or not known.' })),
  share: nullable(Type.Number({ description: 'used / limit.' })),
  streams: nullable(count('How many streams this resource alone would carry; null: any number.')),
})

const workingPoint = Type.Object(
  {
    bucket: Type.Integer({ description: 'Batch size in which the model works at full load.' }),
    msPerBatch: Type.Number(),
    msPerFrame: Type.Number(),
    windowMs: Type.Number({ description: 'How long a batch may wait to be filled.' }),
    latencyMs: Type.Number({ description: 'Captured → serialised at full load, about the longest.' }),
    meetsTarget: Type.Boolean(),
    fullLoadFps: Type.Number({ description: 'Frames a second at the promised share of the engine’s time.' }),
  },
  { description: 'null where the model was never measured on the device.' },
)

const compared = Type.Object({
  predicted: Type.Number(),
  measured: Type.Number(),
  error: Type.Number({ description: '(predicted − measured) / measured.' }),
})
const predictionError = Type.Object(
  {
    device: Type.String(),
    model: Type.String(),
    memoryBytes: nullable(compared),
    engineMs: nullable(compared),
  },
  { description: 'How far off the profile is from what runs; null where nothing runs to compare it with.' },
)

const plan = Type.Object(
  {
    device: Type.String(),
    deviceName: Type.String(),
    model: Type.String(),
    basis: words(['measured', 'estimated'], 'Whether the model was measured on this device.'),
    streams: count('Those asked for; where none were, those that fit.'),
    fits: Type.Boolean(),
    mostStreams: count('The most that fit.'),
    binding: nullable(words(resources, 'What refuses one more.')),
    next: nullable(
      Type.Object(
        { binding: words(resources), streams: Type.Integer() },
        { description: 'What refuses when all that bind now are lifted, and after how many.' },
      ),
    ),
    perStream: amounts,
    shared: amounts,
    resources: Type.Array(planned),
    working: nullable(workingPoint),
    assumed: Type.Array(words(['fps', 'size', 'decoder']), { description: 'What nobody declared.' }),
    notes: Type.Array(Type.String(), { description: 'Sentences: what was not measured, what is not known.' }),
    error: nullable(predictionError),
  },
  { description: 'What one device carries of the streams that were described.' },
)

export const planList = Type.Object({ plans: Type.Array(plan) })

export type PlanFits = AllFit<
  [
    Fits<PlanAsked, typeof planBody>,
    Fits<PlannedResource, typeof planned>,
    Fits<WorkingPoint, typeof workingPoint>,
    Fits<PredictionError, typeof predictionError>,
    Fits<Plan, typeof plan>,
    Fits<PlanList, typeof planList>,
  ]
>
