/** The settings of budgets, memory and alerts. Part of the schema of every setting; nothing else reads them here. */
import Type from 'typebox'

const auto = Type.Literal('auto')
const closed = { additionalProperties: false } as const
const share = (description: string, value: number, unit = 'share') =>
  Type.Number({ description, unit, default: value, minimum: 0, maximum: 1 })
const ms = (description: string, defaultMs: number, minimum: number) =>
  Type.Integer({ description, unit: 'ms', default: defaultMs, minimum, maximum: 604_800_000 })
const optionally = <T extends Parameters<typeof Type.Union>[0][number]>(
  type: T,
  description: string,
  unit: string,
) => Type.Union([Type.Null(), type], { description, unit, default: null })

export const budgetSchema = Type.Object(
  {
    memoryFraction: share('Of a device’s memory, what models and streams may be promised.', 0.8),
    reserveFraction: share('Of that, what is kept free for what varies.', 0.05),
    utilisation: share('Of the engine’s time, what streams may be promised; the rest is headroom.', 0.7),
    maxStreams: optionally(
      Type.Integer({ minimum: 0, maximum: 4096 }),
      'Streams on a device; null sets no limit.',
      'streams',
    ),
    latencyTargetMs: ms('Captured → serialised: what a plan aims at.', 100, 1),
    decodePixelsPerSecond: Type.Union([auto, Type.Integer({ minimum: 1 })], {
      description:
        'What the decoders of a device (NVDEC, or the host’s cores) decode together; auto takes what is known of the hardware, and sets no limit where nothing is.',
      unit: 'px/s',
      default: 'auto',
    }),
    profile: Type.Boolean({
      description: 'Measure a model when it first loads on a device: some seconds more, once.',
      default: true,
    }),
    degrade: Type.Boolean({
      description:
        'Where a device cannot carry its streams: lower frame rates, then smaller models, then pauses, by priority. false leaves frames to be dropped.',
      default: true,
    }),
    recoverAfterMs: ms('A degraded stream climbs a step when there has been room for this long.', 10_000, 0),
  },
  closed,
)

export const memorySchema = Type.Object(
  {
    compactAtFragmentation: share(
      'Memory fragmented beyond this is compacted, between batches; 1 never.',
      0.3,
    ),
    compactEveryMs: optionally(
      Type.Integer({ minimum: 60_000, maximum: 604_800_000 }),
      'Compact on a schedule; null never.',
      'ms',
    ),
    snapshotEveryMs: optionally(
      Type.Integer({ minimum: 10_000, maximum: 604_800_000 }),
      'Take a memory snapshot on a schedule; null never.',
      'ms',
    ),
    keepSnapshots: Type.Integer({
      description: 'Snapshots that are kept; the oldest go first.',
      unit: 'snapshots',
      default: 50,
      minimum: 2,
      maximum: 1000,
    }),
  },
  closed,
)

export const alertsSchema = Type.Object(
  {
    memoryUsage: share('Usage of a device’s memory that fires.', 0.9),
    fragmentation: share('Fragmentation that fires.', 0.4),
    hostMemory: share('Usage of the host’s memory that fires.', 0.9),
    shm: share('Usage of the slab’s tmpfs that fires.', 0.9),
    exhaustionMs: ms(
      'Memory that at its present growth is exhausted sooner than this fires.',
      1_800_000,
      60_000,
    ),
    webhookUrl: Type.String({
      description: 'http(s):// address that alerts are posted to; empty posts none.',
      default: '',
    }),
    webhookSecret: Type.String({
      description: 'Key of the HMAC-SHA-256 in Ringside-Signature; empty signs nothing.',
      default: '',
    }),
  },
  closed,
)
