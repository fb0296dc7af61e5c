/** What a model takes of a device, and a frame of it: by its profile where there is one, else by its estimate. Pure. */
import type { Basis } from './budget.js'
import type { DeviceKnowledge } from './knowledge.js'
import type { ModelProfile } from './profile.js'
import { workingPointOf } from './working-point.js'

export interface ModelCost {
  deviceBytes: number
  hostBytes: number
  /** In its working bucket; 0 where it was never measured. */
  msPerFrame: number
  /** 0 on a CPU: nothing is uploaded. */
  uploadedBytesPerFrame: number
  basis: Basis
}

/** A model of which nothing is known takes nothing: whoever asks for it is told so by its name, before. */
export function modelCost(model: string, knowledge: DeviceKnowledge): ModelCost {
  const { capacity, profiles, estimates, settings } = knowledge
  const profile = profiles.get(model)
  const onGpu = capacity.kind === 'gpu'
  if (!profile) {
    const { deviceBytes = 0, hostBytes = 0, frameBytes = 0 } = estimates.get(model) ?? {}
    const uploadedBytesPerFrame = onGpu ? frameBytes : 0
    return { deviceBytes, hostBytes, msPerFrame: 0, uploadedBytesPerFrame, basis: 'estimated' }
  }
  const engineBytes = onGpu ? withoutLibraries(profile) : engineBytesOf(profile)
  return {
    deviceBytes: onGpu ? engineBytes : 0,
    hostBytes: profile.slabBytes + (onGpu ? 0 : engineBytes),
    msPerFrame: workingPointOf(profile, settings)?.msPerFrame ?? 0,
    uploadedBytesPerFrame: onGpu ? profile.frameBytes : 0,
    basis: 'measured',
  }
}

/** The libraries are of the process, whichever model came first: `limitsOf` takes them off once. */
function withoutLibraries(profile: ModelProfile): number {
  return Math.max(0, engineBytesOf(profile) - (profile.once?.libraryBytes ?? 0))
}

/**
 * Buckets run one at a time: what each keeps adds up, what a run takes on top is there once.
 * @returns bytes of the memory that models take on the device's kind, without the slab.
 */
export function engineBytesOf({ buckets }: Pick<ModelProfile, 'buckets'>): number {
  const kept = (bucket: ModelProfile['buckets'][number]): number =>
    Math.max(bucket.afterLoadBytes, bucket.residentBytes, 0)
  const sum = buckets.reduce((bytes, bucket) => bytes + kept(bucket), 0)
  const onTop = buckets.map(bucket => Math.max(0, bucket.peakBytes - kept(bucket)))
  return Math.ceil(sum + Math.max(0, ...onTop))
}
