/** Whether a profile still tells of a model as it would be loaded now. Pure. */
import type { ModelProfile, ProfiledDevice } from './profile.js'

type DeviceFacts = Omit<ProfiledDevice, 'name' | 'totalBytes'>

/** What is known of a model as it would be loaded now. What is absent is not known, and contradicts no profile. */
export interface KnownSubject {
  digest?: string | undefined
  sourceDigest?: string | undefined
  precision?: ModelProfile['precision'] | undefined
  /** On a GPU it is the load that decides which: before, nobody knows. */
  provider?: ModelProfile['provider'] | undefined
  device: Partial<DeviceFacts>
  /** Those that it would be loaded with. */
  buckets?: readonly number[]
}

/** A model that was prepared. */
export interface ProfileSubject extends KnownSubject {
  model: string
  /** SHA-256 of the prepared file. */
  digest: string
  precision: ModelProfile['precision']
  device: DeviceFacts
}

/** @returns what differs, as a sentence; null where the profile holds. */
export function staleReason(profile: ModelProfile, subject: KnownSubject): string | null {
  const then: Facts = { ...profile.device, ...ofModel(profile) }
  const now: Facts = { ...subject.device, ...ofModel(subject) }
  for (const [key, what] of compared) {
    const isKnown = then[key] !== undefined && now[key] !== undefined
    if (isKnown && then[key] !== now[key]) return `${what} was ${then[key]}, and is ${now[key]}`
  }
  const known = new Set([...profile.buckets, ...profile.refusedBuckets].map(({ bucket }) => bucket))
  const lacking = subject.buckets?.filter(bucket => !known.has(bucket)) ?? []
  return lacking.length > 0 ? `it lacks the buckets ${lacking.join(', ')}` : null
}

const compared = [
  ['id', 'the device'],
  ['kind', 'its kind'],
  ['fingerprint', 'the hardware and its options'],
  ['driver', 'the driver'],
  ['threads', 'the count of threads'],
  ['digest', 'the prepared file'],
  ['sourceDigest', 'the model’s file'],
  ['precision', 'the precision'],
  ['provider', 'the provider'],
] as const

type Facts = { [key in (typeof compared)[number][0]]?: string | number | null | undefined }

function ofModel(of: Omit<KnownSubject, 'device' | 'buckets'>): Facts {
  const { digest, sourceDigest, precision, provider } = of
  return { digest, sourceDigest, precision, provider }
}
