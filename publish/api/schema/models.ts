/** Schemas of what `/api/v1/models` and `/api/v1/jobs` take and answer. */
import Type from 'typebox'
import {
  type CatalogueList,
  type JobList,
  type JobView,
  type ModelList,
  type ModelView,
  modelStates,
} from '../../../shared/api/views.js'
import { catalogueEntrySchema } from '../../../shared/model/catalogue-entry.js'
import { modelJobKinds, modelJobStates } from '../../../shared/model/model-job.js'
import { baseNamePattern, modelNamePattern, precisions } from '../../../shared/model/model-name.js'
import { type AllFit, bytes, closed, type Fits, nullable, problemSchema, wallMs, words } from './common.js'
import { stateReason } from './streams.js'

const modelName = Type.String({
  pattern: modelNamePattern,
  description: 'A name that GET /api/v1/models lists, with @fp16 or @int8 where that precision is meant.',
})
const baseName = Type.String({
  pattern: baseNamePattern,
  description: '1–64 letters, digits, `.`, `_` and `-`, a letter or digit first; no precision.',
})

export const modelParams = Type.Object({ name: modelName }, closed)
export const baseParams = Type.Object({ name: baseName }, closed)
export const jobParams = Type.Object({ id: Type.String() }, closed)

export const modelView = Type.Object(
  {
    name: Type.String({ description: 'As a stream names it.' }),
    origin: words(['shipped', 'folder', 'registry'], 'With Ringside, in model.modelsDir, or added.'),
    family: nullable(Type.String()),
    precision: words(precisions),
    widthPx: nullable(Type.Integer()),
    heightPx: nullable(Type.Integer()),
    classes: Type.Array(Type.String()),
    bytes: nullable(bytes('The source file.')),
    digest: nullable(Type.String({ description: 'SHA-256 of the source file, in hex.' })),
    licence: nullable(Type.String({ description: 'SPDX identifier where it is known.' })),
    problem: nullable(Type.String({ description: 'Why it cannot be used.' })),
    state: words(modelStates, 'available: loaded when a stream names it. unusable: see problem.'),
    reason: nullable(stateReason),
    streams: Type.Array(Type.String(), { description: 'Streams that use it.' }),
    devices: Type.Array(Type.String(), { description: 'Devices that have it loaded.' }),
  },
  { description: 'A model that streams may name.' },
)
export const modelList = Type.Object({ models: Type.Array(modelView) })
export const catalogueList = Type.Object({ models: Type.Array(catalogueEntrySchema) })

export const pullBody = Type.Object(
  { name: baseName },
  { ...closed, description: 'A name that GET /api/v1/models/catalogue lists.' },
)

export const uploadQuery = Type.Object(
  {
    sha256: Type.Optional(
      Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the file, in hex.' }),
    ),
    licence: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9.+-]{1,64}$', description: 'SPDX identifier of its licence.' }),
    ),
  },
  closed,
)

const folder = (description: string) =>
  Type.String({ minLength: 1, maxLength: 1024, description: `${description} ${PLACES}` })
const PLACES =
  'A path under `<dataDir>/datasets` (relative ones begin there) or model.modelsDir: REST reads nothing else of the host.'

/** Options of the jobs, by kind: those of the command of that name. */
export const jobBodies = {
  inspect: Type.Object({}, { ...closed, description: 'Takes no options.' }),
  prepare: Type.Object({}, { ...closed, description: 'Takes no options.' }),
  check: Type.Object(
    {
      images: folder('Labelled pictures.'),
      labels: Type.Optional(
        folder('The COCO file or the folder of YOLO labels, where it is not found by itself.'),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, description: 'Pictures to take at most.' })),
    },
    { ...closed, description: 'images: a labelled folder.' },
  ),
  compare: Type.Object(
    {
      images: folder('Labelled pictures.'),
      labels: Type.Optional(
        folder('The COCO file or the folder of YOLO labels, where it is not found by itself.'),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, description: 'Pictures to take at most.' })),
    },
    { ...closed, description: 'images: a labelled folder.' },
  ),
  quantize: Type.Object(
    {
      images: Type.Optional(folder('Pictures to calibrate on; no labels needed.')),
      clip: Type.Optional(folder('A clip to calibrate on.')),
      frames: Type.Optional(Type.Integer({ minimum: 1, description: 'Frames to take at most.' })),
      method: Type.Optional(words(['minmax', 'percentile'], 'How ranges are chosen.')),
      percentile: Type.Optional(
        Type.Number({ minimum: 90, maximum: 100, description: 'Share of values within a range.' }),
      ),
    },
    { ...closed, description: 'images or clip: what to calibrate on.' },
  ),
  profile: Type.Object({}, { ...closed, description: 'Takes no options.' }),
} as const

export const jobView = Type.Object(
  {
    id: Type.String(),
    kind: words(modelJobKinds),
    model: Type.String(),
    state: words(modelJobStates),
    progress: nullable(
      Type.Object({
        step: Type.String({ description: 'What is being done.' }),
        done: Type.Number(),
        total: nullable(Type.Number()),
        unit: words(['bytes', 'pictures', 'frames', 'steps']),
      }),
    ),
    result: Type.Unknown({ description: 'What `ringside model <kind> --json` prints; null before the end.' }),
    problem: nullable(problemSchema),
    createdAt: wallMs('When it was asked for.'),
    startedAt: nullable(wallMs('When it began.')),
    endedAt: nullable(wallMs('When it ended.')),
  },
  { description: 'Work on a model; kept for a day after its end.' },
)
export const jobList = Type.Object({ jobs: Type.Array(jobView) })

export type ModelsFit = AllFit<
  [
    Fits<ModelView, typeof modelView>,
    Fits<ModelList, typeof modelList>,
    Fits<CatalogueList, typeof catalogueList>,
    Fits<JobView, typeof jobView>,
    Fits<JobList, typeof jobList>,
  ]
>
