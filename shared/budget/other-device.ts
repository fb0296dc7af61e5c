/** What would be known of a device that is not here, from profiles that were measured on it. Pure. */
import type { DeviceKnowledge } from './knowledge.js'
import type { ModelProfile } from './profile.js'

/** Whether `name` means this device: its id, or a part of its name. */
export function isNamed(name: string, device: { id: string; name: string }): boolean {
  return device.id === name || device.name.toLowerCase().includes(name.trim().toLowerCase())
}

/**
 * The host, its slabs and its settings are those of `here`: the question is what another card would carry in this machine.
 * @param profiles of one device, at least one.
 */
export function knowledgeOfProfiles(
  profiles: readonly [ModelProfile, ...ModelProfile[]],
  here: DeviceKnowledge,
): DeviceKnowledge {
  const { id, kind, name, totalBytes } = profiles[0].device
  const uploads = profiles.flatMap(({ uploadBytesPerSecond }) => uploadBytesPerSecond ?? [])
  const onGpu = kind === 'gpu'
  return {
    capacity: {
      ...here.capacity,
      id,
      kind,
      name,
      deviceTotalBytes: onGpu ? totalBytes : null,
      decodePixelsPerSecond: onGpu ? null : here.capacity.decodePixelsPerSecond,
      scalePixelsPerSecond: null,
      pcieBytesPerSecond: uploads.length > 0 ? Math.max(...uploads) : null,
    },
    settings: here.settings,
    profiles: new Map(profiles.map(profile => [profile.model, profile])),
    estimates: new Map(),
    defaultModel: here.defaultModel,
  }
}
