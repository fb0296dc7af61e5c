/** Whether a profile still tells of a model as it would be loaded now. Pure. */
import type { ModelProfile, ProfiledDevice } from './profile.js'

/** A model as it would be loaded now. */
export interface ProfileSubject {
  model: string
  /** SHA-256 of the prepared file. */
  digest: string
  precision: ModelProfile['precision']
  device: Omit<ProfiledDevice, 'name' | 'totalBytes'>
  /** Those that it would be loaded with; absent: whichever. */
  buckets?: readonly number[]
}

/** @returns what differs, as a sentence; null where the profile holds. */
export function staleReason(profile: ModelProfile, subject: ProfileSubject): string | null {
  const then = { ...profile.device, digest: profile.digest, precision: profile.precision }
  const now = { ...subject.device, digest: subject.digest, precision: subject.precision }
  for (const [key, what] of compared) {
    if (then[key] !== now[key]) return `${what} was ${then[key]}, and is ${now[key]}`
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
  ['precision', 'the precision'],
] as const
