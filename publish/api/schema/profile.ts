/** Schemas of what a model was measured to take of a device. */
import Type from 'typebox'
import type { ModelProfiles } from '../../../shared/api/views.js'
import { budgetParts, type ModelProfile } from '../../../shared/budget/profile.js'
import { type AllFit, bytes, type Fits, nullable, wallMs, words } from './common.js'

const ms = (description: string) => Type.Number({ description, 'x-unit': 'ms' })

const profiledDevice = Type.Object(
  {
    id: Type.String(),
    kind: words(['cpu', 'gpu']),
    name: Type.String({ description: 'For people.' }),
    driver: nullable(Type.String({ description: 'Version of the driver.' })),
    fingerprint: Type.String({ description: 'Hardware and options of the engine.' }),
    totalBytes: bytes('Memory that models share.'),
    threads: nullable(Type.Integer({ description: 'Of one inference; null on a GPU.' })),
  },
  { description: 'What the profile holds for.' },
)

const bucketProfile = Type.Object({
  bucket: Type.Integer({ description: 'Frames of a batch.' }),
  afterLoadBytes: bytes(
    'Growth since before the bucket was loaded, warm; of the first with what its model takes beside buckets.',
  ),
  peakBytes: bytes('The most while it loaded and ran.'),
  residentBytes: bytes('What stayed when its runs had ended.'),
  arena: nullable(
    Type.Object({
      inUseBytes: bytes('With nothing running.'),
      reservedBytes: bytes('Of the device.'),
      peakBytes: bytes('The most in use.'),
    }),
  ),
  processBytes: nullable(bytes('Of the whole process.')),
  deviceUsedBytes: nullable(bytes('Of the device, by everybody.')),
  runs: Type.Integer({ description: 'That were timed.' }),
  p10Ms: ms('Of a full batch: the quickest tenth, by which costs are reckoned.'),
  p50Ms: ms('Of a full batch.'),
  p99Ms: ms('Of a full batch.'),
  firstRunMs: ms('Of the very first run.'),
})

const ofBucket = <T extends Type.TSchema>(figure: Record<string, T>) =>
  Type.Object({ bucket: Type.Integer(), ...figure })

const profileFit = Type.Object(
  {
    fixedBytes: bytes('Of the model, whatever its buckets.'),
    bytesPerBucket: bytes('Of each bucket, whatever its size.'),
    bytesPerItem: bytes('Of each frame of a bucket.'),
    residualBytes: Type.Array(Type.Object({ bucket: Type.Integer(), bytes: bytes('Measured less fitted.') })),
    msPerFrame: Type.Array(ofBucket({ ms: ms('p10 / bucket.') })),
  },
  { description: 'bytes(bucket) ≈ bytesPerBucket + bytesPerItem · bucket, and fixedBytes once.' },
)

const budgetLine = Type.Object({
  part: words(budgetParts),
  formula: Type.String(),
  predictedBytes: bytes('By the formula.'),
  measuredBytes: nullable(bytes('null where nothing tells this part from the others.')),
  error: nullable(Type.Number({ description: '(predicted − measured) / measured.' })),
})

export const modelProfile = Type.Object(
  {
    v: Type.Literal(1),
    model: Type.String(),
    digest: Type.String({ description: 'SHA-256 of the prepared file, in hex.' }),
    sourceDigest: Type.Optional(
      Type.String({ description: 'SHA-256 of the file that it was prepared from, in hex.' }),
    ),
    precision: words(['fp32', 'fp16', 'int8']),
    provider: words(['cpu', 'cuda', 'tensorrt']),
    device: profiledDevice,
    once: Type.Optional(
      Type.Object(
        {
          contextBytes: nullable(bytes('CUDA’s context.')),
          libraryBytes: nullable(bytes('Kernels and handles of its libraries; part of fixedBytes.')),
        },
        { description: 'What a process takes of a GPU once, whatever the model.' },
      ),
    ),
    inputWidthPx: Type.Integer(),
    inputHeightPx: Type.Integer(),
    frameBytes: bytes('Of a frame in its slot.'),
    slabBytes: bytes('Host memory of its slab.'),
    slots: Type.Integer({ description: 'Of the slab.' }),
    buckets: Type.Array(bucketProfile),
    refusedBuckets: Type.Array(ofBucket({ reason: Type.String() })),
    fit: profileFit,
    table: Type.Array(budgetLine, { description: 'The budget table.' }),
    uploadBytesPerSecond: nullable(
      Type.Number({ description: 'Host → device; null on a CPU.', 'x-unit': 'bytes/s' }),
    ),
    measuredAtMs: wallMs('When it was measured.'),
    version: Type.String({ description: 'Of Ringside.' }),
    rounds: Type.Optional(Type.Integer({ description: 'Loads whose medians these are.' })),
  },
  { description: 'What a model was measured to take of a device.' },
)
export const modelProfiles = Type.Object({ profiles: Type.Array(modelProfile) })

export type ProfilesFit = AllFit<
  [Fits<ModelProfile, typeof modelProfile>, Fits<ModelProfiles, typeof modelProfiles>]
>
