/** Schemas of what is answered about devices, models, processes and health. */
import Type from 'typebox'
import type { DeviceList, DeviceView, ProcessList } from '../../../shared/api/views.js'
import {
  type GapReason,
  gapReasons,
  type HostedModelReport,
  hostedModelStates,
  type InferDetail,
  type IngestDetail,
  type ProcessReport,
  type PublishDetail,
  stages,
} from '../../../shared/process/report.js'
import type { SlabInfo } from '../../../shared/slab/info.js'
import { type AllFit, bytes, type Fits, nullable, wallMs, words } from './common.js'
import { gpu, hostedEngine } from './gpus.js'
import { stateReason } from './streams.js'

const modelDeviceMemory = Type.Object(
  {
    chargedBytes: bytes('What model.cuda.memoryBytes is charged for it.'),
    estimatedBytes: nullable(bytes('Worked out before it was loaded.')),
    measuredBytes: nullable(bytes('Taken at its last load on this device.')),
  },
  { description: 'null where the device is the CPU.' },
)

const hostedModel = Type.Object({
  name: Type.String(),
  digest: nullable(Type.String({ description: 'SHA-256 of the source file as it was loaded, in hex.' })),
  state: words(
    hostedModelStates,
    'idle: loaded, but no stream uses it. failed: wanted and not loaded; reason says why.',
  ),
  reason: nullable(stateReason),
  streams: Type.Integer({ description: 'Enabled streams that use it.' }),
  chargedBytes: bytes('What model.memoryBytes is charged for it.'),
  estimatedBytes: nullable(bytes('Worked out before it was loaded.')),
  measuredBytes: nullable(bytes('Taken at its last load on this machine.')),
  deviceMemory: nullable(modelDeviceMemory),
  inputWidthPx: nullable(Type.Integer()),
  inputHeightPx: nullable(Type.Integer()),
  classes: Type.Array(Type.String()),
  buckets: Type.Array(Type.Integer(), { description: 'Batch sizes.' }),
  batchWindowMs: nullable(Type.Number()),
  batches: Type.Integer(),
  framesInferred: Type.Integer(),
  fill: Type.Number({ description: 'Mean frames a batch / bucket size, 0 … 1.' }),
  tookBytes: nullable(bytes('What memory grew by when this load of it ended, without its slab.')),
  bucketRuns: Type.Array(Type.Object({ bucket: Type.Integer(), batches: Type.Integer() }), {
    description: 'Batches of each bucket that ran since it was loaded.',
  }),
  busyMs: Type.Number({
    description: 'Milliseconds in which they ran; of two at once the time counts once.',
  }),
  lastUsedAtMs: wallMs('When a stream used it last.'),
  engine: nullable(hostedEngine),
})

const deviceMemory = Type.Object(
  {
    limitBytes: bytes('What models may hold of the device.'),
    chargedBytes: bytes('What the loaded models are charged of it.'),
  },
  { description: 'null where the device is the CPU.' },
)

const device = Type.Object({
  id: Type.String(),
  engine: Type.String(),
  engineReason: Type.String({ description: 'Why this engine and no other.' }),
  device: Type.String(),
  model: Type.String({ description: 'The default model.' }),
  buckets: Type.Array(Type.Integer(), { description: 'Batch sizes of the default model.' }),
  threads: Type.Integer(),
  batchWindowMs: Type.Number(),
  fill: Type.Number({ description: 'Mean frames a batch / bucket size, 0 … 1.' }),
  busy: Type.Number({ description: 'Share of the last second in which the engine ran, 0 … 1.' }),
  residentBytes: bytes('Resident memory of the process.'),
  slabBytes: bytes('All slabs.'),
  shmFreeBytes: bytes('Free in the folder of the slabs.'),
  memoryLimitBytes: bytes('What models may take of the host’s memory.'),
  memoryChargedBytes: bytes('What the loaded models are charged of it.'),
  deviceMemory: nullable(deviceMemory),
  models: Type.Array(hostedModel, { description: 'The models that are loaded, wanted or refused.' }),
  gpu: nullable(gpu),
})
export const deviceList = Type.Object({ gpus: Type.Array(device) })

const ingestDetail = Type.Object({
  stage: Type.Literal('ingest'),
  decoders: Type.Integer(),
  ffmpeg: Type.String(),
  decoderCpuSeconds: Type.Number(),
  decoderResidentBytes: Type.Integer(),
})
const gap = Type.Object({
  gaps: Type.Integer({ description: 'Gaps that were this above all.' }),
  ms: Type.Number({ description: 'Milliseconds of all gaps that were this.' }),
})
const gapReport = Type.Object(
  Object.fromEntries(gapReasons.map(reason => [reason, gap])) as Record<GapReason, typeof gap>,
  { description: 'What engines waited for between two batches, for longer than 5 ms, since start.' },
)
const compactionTotals = Type.Object(
  {
    shrunk: Type.Integer({ description: 'Those that gave free heap back.' }),
    rebuilt: Type.Integer({ description: 'Those that made a session anew.' }),
    nothing: Type.Integer({ description: 'Those that found nothing to gain.' }),
    freedBytes: bytes('What they freed together.'),
    tookMs: Type.Number({ description: 'Milliseconds that they took together.' }),
  },
  { description: 'Compactions of memory since start.' },
)
const inferDetail = Type.Object({
  stage: Type.Literal('infer'),
  deviceId: Type.String(),
  engine: Type.String(),
  engineReason: Type.String({ description: 'Why this engine and no other.' }),
  device: Type.String(),
  model: Type.String(),
  classes: Type.Array(Type.String()),
  inputWidthPx: Type.Integer(),
  inputHeightPx: Type.Integer(),
  buckets: Type.Array(Type.Integer()),
  threads: Type.Integer(),
  batchWindowMs: Type.Number(),
  batches: Type.Integer(),
  framesInferred: Type.Integer(),
  gaps: gapReport,
  compactions: compactionTotals,
  messagesLost: Type.Integer(),
  fill: Type.Number(),
  busy: Type.Number(),
  slabBytes: Type.Integer(),
  shmFreeBytes: Type.Integer(),
  memoryLimitBytes: Type.Integer(),
  memoryChargedBytes: Type.Integer(),
  deviceMemory: nullable(deviceMemory),
  models: Type.Array(hostedModel),
  gpu: nullable(gpu),
})
const publishDetail = Type.Object({
  stage: Type.Literal('publish'),
  webSocketClients: Type.Integer(),
  messagesSent: Type.Integer(),
  messagesLost: Type.Integer(),
})

const processReport = Type.Object({
  stage: words(stages),
  instance: Type.String({ description: 'Unique for each start of a process.' }),
  pid: Type.Integer(),
  host: Type.String(),
  version: Type.String(),
  startedAtMs: wallMs('When it started.'),
  atMs: wallMs('When it reported.'),
  ready: Type.Boolean(),
  notReady: nullable(Type.String({ description: 'What it waits for.' })),
  residentBytes: bytes('Resident memory.'),
  heapUsedBytes: bytes('JavaScript heap in use.'),
  cpuSeconds: Type.Number({ description: 'CPU seconds since start, children not included.' }),
  loop: Type.Object(
    {
      utilisation: Type.Number({
        description: 'Share of time in which the event loop ran something, 0 … 1.',
      }),
      lagP99Ms: Type.Number({ description: 'How long whatever was due had to wait for it.' }),
      lagMaxMs: Type.Number(),
      gcShare: Type.Number({ description: 'Share of time in which garbage was collected, 0 … 1.' }),
      gcMaxMs: Type.Number({ description: 'Longest pause for it.' }),
    },
    { description: 'Main thread over the last second.' },
  ),
  detail: Type.Union([ingestDetail, inferDetail, publishDetail]),
})

const slab = Type.Object({
  id: Type.String(),
  path: Type.String(),
  epoch: Type.Number(),
  slotCount: Type.Integer(),
  rowCount: Type.Integer(),
  frameBytes: bytes('One slot.'),
  widthPx: Type.Integer(),
  heightPx: Type.Integer(),
  letterbox: Type.Object({ anchor: words(['top_left', 'center', 'stretch']), padValue: Type.Number() }),
  model: Type.String(),
  isDefault: Type.Boolean({ description: 'Streams that name no model are written here.' }),
  checksum: Type.Boolean(),
  announcedAtMs: wallMs('When it was announced.'),
})
export const processList = Type.Object({ processes: Type.Array(processReport), slabs: Type.Array(slab) })

export const health = Type.Object({
  status: words(['ok', 'unavailable']),
  reason: nullable(Type.String({ description: 'What is wrong.' })),
})

export const readiness = Type.Object({
  ready: Type.Boolean(),
  missing: Type.Array(Type.Object({ part: words(['redis', 'ingest', 'infer']), reason: Type.String() }), {
    description: 'What detections are waiting for.',
  }),
})

export type SystemFits = AllFit<
  [
    Fits<DeviceView, typeof device>,
    Fits<DeviceList, typeof deviceList>,
    Fits<HostedModelReport, typeof hostedModel>,
    Fits<ProcessReport, typeof processReport>,
    Fits<InferDetail, typeof inferDetail>,
    Fits<IngestDetail, typeof ingestDetail>,
    Fits<PublishDetail, typeof publishDetail>,
    Fits<SlabInfo, typeof slab>,
    Fits<ProcessList, typeof processList>,
  ]
>
