/** Devices, models, demands and ledgers for property tests of budgets: small numbers of everything, so that limits are met often. */
import fc from 'fast-check'
import type { StreamDemand } from '../../shared/budget/budget.js'
import { holderOf } from '../../shared/budget/cost.js'
import { rates } from '../../shared/budget/elastic.js'
import type { DeviceKnowledge, ModelEstimate } from '../../shared/budget/knowledge.js'
import type { BucketProfile, ModelProfile, ProfiledDevice } from '../../shared/budget/profile.js'
import type { Reservation } from '../../shared/budget/reservation.js'
import { type Amounts, resources } from '../../shared/budget/resources.js'
import { madeUpProfile } from './model-profile.js'

const MIB = 2 ** 20
const models = ['large', 'middle', 'small'] as const
export const DEVICE = 'cuda-0'

export function bucketProfile(bucket: number, p50Ms: number, bytes: number, extra = 0): BucketProfile {
  return {
    bucket,
    afterLoadBytes: bytes,
    peakBytes: bytes + extra,
    residentBytes: bytes,
    arena: null,
    processBytes: null,
    deviceUsedBytes: null,
    runs: 20,
    p10Ms: p50Ms,
    p50Ms,
    p99Ms: p50Ms * 1.2,
    firstRunMs: p50Ms * 10,
  }
}

export const gpu: ProfiledDevice = {
  id: DEVICE,
  kind: 'gpu',
  name: 'NVIDIA H200',
  driver: '580',
  fingerprint: 'NVIDIA H200',
  totalBytes: 2 ** 33,
  threads: null,
}

export function profileOf(
  model: string,
  buckets: BucketProfile[],
  change: Partial<ModelProfile> = {},
): ModelProfile {
  return {
    ...madeUpProfile({ model, device: gpu }),
    frameBytes: 614_400,
    once: undefined,
    buckets,
    ...change,
  } as ModelProfile
}

const arbitraryProfile = (model: string): fc.Arbitrary<ModelProfile> =>
  fc
    .record({
      msPerFrame: fc.double({ min: 0.2, max: 20, noNaN: true }),
      overheadMs: fc.double({ min: 0, max: 10, noNaN: true }),
      buckets: fc.subarray([1, 2, 4, 8], { minLength: 1 }),
      bytesPerItem: fc.integer({ min: 1, max: 200 * MIB }),
      extra: fc.integer({ min: 0, max: 50 * MIB }),
      slabBytes: fc.integer({ min: MIB, max: 500 * MIB }),
      once: fc.option(fc.record({ contextBytes: fc.nat(400 * MIB), libraryBytes: fc.nat(MIB) }), {
        nil: undefined,
      }),
    })
    .map(({ msPerFrame, overheadMs, buckets, bytesPerItem, extra, slabBytes, once }) =>
      profileOf(
        model,
        buckets.map(bucket =>
          bucketProfile(bucket, overheadMs + msPerFrame * bucket, bytesPerItem * bucket, extra),
        ),
        { slabBytes, ...(once && { once }) },
      ),
    )

const arbitraryEstimate = (model: string): fc.Arbitrary<ModelEstimate> =>
  fc.record({
    model: fc.constant(model),
    deviceBytes: fc.nat(3000 * MIB),
    hostBytes: fc.nat(600 * MIB),
    frameBytes: fc.constant(614_400),
  })

/** Of a GPU or a CPU; each model is profiled, estimated or unknown. */
export const arbitraryKnowledge: fc.Arbitrary<DeviceKnowledge> = fc
  .record({
    onGpu: fc.boolean(),
    hostTotalBytes: fc.integer({ min: 256 * MIB, max: 16_384 * MIB }),
    deviceTotalBytes: fc.integer({ min: 512 * MIB, max: 16_384 * MIB }),
    cores: fc.integer({ min: 1, max: 32 }),
    slabRows: fc.integer({ min: 1, max: 24 }),
    slotsEach: fc.integer({ min: 2, max: 6 }),
    decodePixelsPerSecond: fc.option(fc.integer({ min: 10_000_000, max: 2_000_000_000 })),
    scalePixelsPerSecond: fc.option(fc.integer({ min: 10_000_000, max: 2_000_000_000 })),
    pcieBytesPerSecond: fc.option(fc.integer({ min: 10_000_000, max: 2_000_000_000 })),
    memoryFraction: fc.double({ min: 0.05, max: 1, noNaN: true }),
    reserveFraction: fc.double({ min: 0, max: 0.5, noNaN: true }),
    utilisation: fc.double({ min: 0.05, max: 1, noNaN: true }),
    maxStreams: fc.option(fc.integer({ min: 0, max: 30 })),
    latencyTargetMs: fc.integer({ min: 1, max: 400 }),
    profiles: fc.tuple(...models.map(model => fc.option(arbitraryProfile(model)))),
    estimates: fc.tuple(...models.map(model => fc.option(arbitraryEstimate(model)))),
  })
  .map(one => {
    const { onGpu, deviceTotalBytes, hostTotalBytes, cores, slabRows, slotsEach, profiles, estimates } = one
    const { memoryFraction, reserveFraction, utilisation, maxStreams, latencyTargetMs } = one
    const { decodePixelsPerSecond, scalePixelsPerSecond, pcieBytesPerSecond } = one
    return {
      capacity: {
        id: DEVICE,
        kind: onGpu ? 'gpu' : 'cpu',
        name: 'NVIDIA H200',
        deviceTotalBytes: onGpu ? deviceTotalBytes : null,
        hostTotalBytes,
        cores,
        slabRows,
        slabSlots: slabRows * slotsEach,
        decodePixelsPerSecond,
        scalePixelsPerSecond,
        pcieBytesPerSecond,
      },
      settings: {
        memoryFraction,
        reserveFraction,
        utilisation,
        maxStreams,
        batchWindowMs: null,
        latencyTargetMs,
      },
      profiles: new Map(profiles.flatMap(profile => (profile ? [[profile.model, profile] as const] : []))),
      estimates: new Map(estimates.flatMap(each => (each ? [[each.model, each] as const] : []))),
      defaultModel: 'middle',
    }
  })

export const arbitraryDemand: fc.Arbitrary<StreamDemand> = fc.record({
  id: fc.constantFrom('asked', 'cam-1', 'cam-2'),
  model: fc.constantFrom(...models),
  fps: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0.1, max: 60, noNaN: true })),
  widthPx: fc.constantFrom(640, 1280, 1920, 3840),
  heightPx: fc.constantFrom(360, 720, 1080, 2160),
  codec: fc.constant('h264'),
  decoder: fc.constantFrom('nvdec', 'libav', 'ffmpeg'),
  ringSlots: fc.integer({ min: 2, max: 8 }),
  priority: fc.integer({ min: 1, max: 9 }),
  assumed: fc.constant([]),
})

const amounts: fc.Arbitrary<Amounts> = fc.record({
  deviceBytes: fc.nat(400 * MIB),
  hostBytes: fc.nat(400 * MIB),
  ringSlots: fc.nat(6),
  computePpm: fc.nat(200_000),
  decodePpm: fc.nat(200_000),
  pcieBytesPerSecond: fc.nat(20_000_000),
  streams: fc.constant(1),
})

const nothing = Object.fromEntries(resources.map(resource => [resource, 0])) as Amounts

/** Of streams and of processes, on this device and another, in force and lapsed at 1000. */
export const arbitraryReservations: fc.Arbitrary<Reservation[]> = fc
  .array(
    fc.record({
      own: amounts,
      shared: fc.oneof(fc.constant(nothing), amounts),
      model: fc.option(fc.constantFrom(...models)),
      device: fc.constantFrom(DEVICE, DEVICE, DEVICE, 'cuda-1'),
      priority: fc.integer({ min: 1, max: 9 }),
      held: fc.boolean(),
      isElastic: fc.boolean(),
      expiresAtMs: fc.option(fc.constantFrom(500, 1500)),
    }),
    { maxLength: 10 },
  )
  .map(all =>
    all.map(({ held, isElastic, expiresAtMs, ...one }, i) => ({
      v: 1,
      holder: held ? `held:infer:a:${i}` : holderOf(`cam-${i}`),
      basis: 'measured',
      atMs: 0,
      expiresAtMs: held ? expiresAtMs : null,
      ...one,
      ...(isElastic && !held && { elastic: [...rates] }),
    })),
  )
export const NOW_MS = 1000
