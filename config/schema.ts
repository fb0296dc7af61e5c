/** The one schema of every setting: type, range, unit, default and meaning. `config/default.yml` is checked against it. */
import Type, { type Static } from 'typebox'
import { alertsSchema, budgetSchema, memorySchema } from './budget.js'
import { cudaSchema, gpuChoice } from './cuda.js'

const closed = { additionalProperties: false } as const
const ms = (description: string, defaultMs: number, minimum = 0) =>
  Type.Integer({ description, unit: 'ms', default: defaultMs, minimum, maximum: 86_400_000 })
const auto = Type.Literal('auto')

export const configSchema = Type.Object(
  {
    dataDir: Type.String({
      description:
        'Where Ringside keeps its state: the private Redis, prepared models, the key that seals source URLs.',
      default: '',
      minLength: 1,
    }),
    server: Type.Object(
      {
        host: Type.String({
          description: 'Address that publish listens on.',
          default: '127.0.0.1',
          minLength: 1,
        }),
        port: Type.Integer({
          description: 'Port that publish listens on; 0 takes a free one.',
          default: 8080,
          minimum: 0,
          maximum: 65535,
        }),
        token: Type.String({
          description: 'Access token; empty makes a fresh one at each start of `ringside up`.',
          default: '',
        }),
        allowedOrigins: Type.Array(Type.String(), {
          description:
            'Web origins that may open the WebSocket, beside the page that Ringside serves itself.',
          default: [],
        }),
      },
      closed,
    ),
    redis: Type.Object(
      {
        url: Type.String({
          description: 'redis://…, rediss://… or unix:///path; empty lets `ringside up` start a private one.',
          default: '',
        }),
        keyPrefix: Type.String({
          description: 'First part of every key.',
          default: 'ringside',
          pattern: '^[a-z0-9_-]+$',
        }),
        serverPath: Type.String({
          description: 'The redis-server that a private Redis is started from.',
          default: 'redis-server',
          minLength: 1,
        }),
      },
      closed,
    ),
    model: Type.Object(
      {
        name: Type.String({
          description: 'A path to an .onnx file, or the name of one in modelsDir, without .onnx.',
          default: 'ringside-nano',
          minLength: 1,
        }),
        precision: Type.Union([auto, Type.Literal('fp32'), Type.Literal('fp16')], {
          description:
            'What a model runs in that is named without @fp16 or @int8; auto: fp16 on a GPU, fp32 on a CPU. fp16 takes half the memory and is several times faster on tensor cores; a CPU gains nothing.',
          default: 'auto',
        }),
        modelsDir: Type.String({
          description: 'Folder searched for models before the one Ringside ships.',
          default: '',
        }),
        catalogue: Type.String({
          description: 'File of models that can be pulled by name; empty takes Ringside’s own.',
          default: '',
        }),
        allowUploads: Type.Boolean({
          description: 'Accept model files over REST (PUT /api/v1/models/{name}).',
          default: false,
        }),
        minScore: Type.Union([Type.Null(), Type.Number({ minimum: 0, maximum: 1 })], {
          description: 'Detections below this score are not published; null takes the model’s own.',
          default: null,
        }),
        nmsIou: Type.Number({
          description: 'Boxes of one class that overlap more than this (IoU) are one object.',
          default: 0.5,
          minimum: 0,
          maximum: 1,
        }),
        memoryBytes: Type.Union([auto, Type.Integer({ minimum: 1 })], {
          description:
            'Host memory that loaded models may take together, slabs included; auto: budget.memoryFraction of the host’s memory, or of the container’s limit, as the budget of the device is changed. On a GPU only the slabs count here: see cuda.memoryBytes.',
          unit: 'bytes',
          default: 'auto',
        }),
        unloadAfterMs: ms('A model that no stream has used for this long is unloaded.', 300_000),
        cuda: cudaSchema,
      },
      closed,
    ),
    slab: Type.Object(
      {
        dir: Type.String({
          description: 'A tmpfs folder that ingest and infer share.',
          default: '/dev/shm',
          minLength: 1,
        }),
        maxStreams: Type.Integer({
          description: 'Streams that the slab has rings for.',
          unit: 'streams',
          default: 16,
          minimum: 1,
          maximum: 4096,
        }),
        ringSlots: Type.Integer({
          description: 'Slots in each stream’s ring.',
          unit: 'slots',
          default: 4,
          minimum: 2,
          maximum: 64,
        }),
        leaseTimeoutMs: ms('A lease older than this is reclaimed.', 2000, 100),
        checksum: Type.Boolean({
          description: 'Write a CRC-32 with each frame and verify it before inference.',
          default: false,
        }),
      },
      closed,
    ),
    ingest: Type.Object(
      {
        ffmpegPath: Type.String({
          description: 'The FFmpeg to decode with; empty searches PATH, then the bundled one.',
          default: '',
        }),
        allowFileSources: Type.Boolean({
          description: 'Accept file:// sources; they read files of this host.',
          default: false,
        }),
        connectTimeoutMs: ms('A camera that has not described its stream by then is retried.', 4000, 100),
        firstFrameTimeoutMs: ms('A described stream that has given no frame by then is retried.', 8000, 100),
        stallTimeoutMs: ms(
          'A live stream with no frame for this long is stalled and reconnected.',
          4000,
          100,
        ),
        killGraceMs: ms('A decoder that ignores SIGTERM for this long gets SIGKILL.', 500),
        backoffBaseMs: ms('Upper bound of the first reconnect delay; it doubles with each attempt.', 500, 1),
        backoffCapMs: ms('Upper bound of any reconnect delay.', 8000, 1),
        failedRetryMs: ms(
          'A failed stream (wrong password, no video …) is tried again after this.',
          60_000,
          1000,
        ),
        libavStreamsPerProcess: Type.Integer({
          description:
            'Streams that one decoder process of node-av decodes in software; its crash costs all of them a reconnect.',
          unit: 'streams',
          default: 8,
          minimum: 1,
          maximum: 64,
        }),
        nvdecStreamsPerProcess: Type.Integer({
          description:
            'Streams that one decoder process decodes with NVDEC; each process holds a CUDA context of its own.',
          unit: 'streams',
          default: 32,
          minimum: 1,
          maximum: 128,
        }),
        maxPixels: Type.Integer({
          description: 'Larger source frames are refused by the decoder.',
          unit: 'px',
          default: 8_912_896,
          minimum: 65_536,
        }),
      },
      closed,
    ),
    infer: Type.Object(
      {
        engine: Type.Union([auto, Type.Literal('onnxruntime'), Type.Literal('cuda')], {
          description:
            'What runs models: onnxruntime on the CPU, cuda on an NVIDIA GPU; auto: cuda where all that it needs is there, else onnxruntime, with the reason in the log.',
          default: 'auto',
        }),
        ...gpuChoice,
        buckets: Type.Union([auto, Type.Array(Type.Integer({ minimum: 1, maximum: 64 }), { minItems: 1 })], {
          description:
            'Fixed batch sizes; auto measures which pay on this machine, of 1, 2, 4 on a CPU and 1 to 64 on a GPU. Each takes memory of its own, by its size.',
          unit: 'frames',
          default: 'auto',
        }),
        batchWindowMs: Type.Union([auto, Type.Number({ minimum: 0, maximum: 1000 })], {
          description: 'A batch closes when it is full or its oldest frame has waited this long.',
          unit: 'ms',
          default: 'auto',
        }),
        threads: Type.Union([auto, Type.Integer({ minimum: 1, maximum: 256 })], {
          description: 'Threads of one inference on CPU.',
          default: 'auto',
        }),
        maxFrameAgeMs: ms('A frame older than this when its batch closes is dropped as stale.', 1000, 10),
        pictureMaxFps: Type.Number({
          description: 'Pictures a second of a watched stream.',
          unit: 'fps',
          default: 10,
          minimum: 0.1,
          maximum: 60,
        }),
      },
      closed,
    ),
    publish: Type.Object(
      {
        clientQueueBytes: Type.Integer({
          description: 'A WebSocket client that lags further loses its oldest messages.',
          unit: 'bytes',
          default: 1_048_576,
          minimum: 65_536,
        }),
        pingIntervalMs: ms('A WebSocket client that misses a ping is closed.', 15_000, 1000),
      },
      closed,
    ),
    budget: budgetSchema,
    memory: memorySchema,
    alerts: alertsSchema,
    log: Type.Object(
      {
        level: Type.Union(
          ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map(level => Type.Literal(level)),
          { description: 'Least severe level that is logged.', default: 'info' },
        ),
      },
      closed,
    ),
  },
  closed,
)

/** The settings, parsed, validated and frozen. */
export type Config = Static<typeof configSchema>
