/** What a profile of a model on a device is about: the prepared file, the device, the threads, the buckets. */
import fs from 'node:fs/promises'
import type { ProfiledDevice } from '../../shared/budget/profile.js'
import type { ProfileSubject } from '../../shared/budget/staleness.js'
import type { DeviceFacts } from '../engine/device.js'
import type { PreparedModel } from '../model/prepared-model.js'
import { rememberedDigestOf } from '../model/registry/digest.js'

/** @param threads of one inference on a CPU. */
export function profiledDevice(facts: DeviceFacts, threads: number): ProfiledDevice {
  const { id, kind, name, driver, fingerprint, totalBytes } = facts
  return { id, kind, name, driver, fingerprint, totalBytes, threads: kind === 'cpu' ? threads : null }
}

/** Reads the prepared file, where it was not read before. */
export async function subjectOf(
  model: PreparedModel,
  device: ProfiledDevice,
  buckets: readonly number[],
): Promise<ProfileSubject> {
  const digest = await rememberedDigestOf(model.file, await fs.stat(model.file))
  const { name, digest: sourceDigest, precision } = model
  return { model: name, digest, sourceDigest, precision, device, buckets }
}
