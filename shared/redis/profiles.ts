/** What models were measured to take of devices: one profile a model and device, written by infer, read by whoever admits streams. */
import type { Redis } from 'ioredis'
import type { ModelProfile, ProfiledDevice } from '../budget/profile.js'
import { staleReason } from '../budget/staleness.js'
import type { Keys } from './keys.js'

export class Profiles {
  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {}

  /** @param digest SHA-256 of the prepared file. @returns null where there is none, or a stale one. */
  async find(device: ProfiledDevice, model: string, digest: string): Promise<ModelProfile | null> {
    const json = await this.redis.hget(this.keys.profiles, fieldOf(device.id, model))
    if (json === null) return null
    const profile = JSON.parse(json) as ModelProfile
    return staleReason(profile, { digest, device }) === null ? profile : null
  }

  /** In the place of an older one. */
  async write(profile: ModelProfile): Promise<void> {
    const { device, model } = profile
    await this.redis.hset(this.keys.profiles, fieldOf(device.id, model), JSON.stringify(profile))
  }

  /** Nobody can load the model there any more. */
  async remove(device: string, model: string): Promise<void> {
    await this.redis.hdel(this.keys.profiles, fieldOf(device, model))
  }

  /** Of one device, or of all; stale ones too: only whoever loads a model knows what it is now. */
  async list(device?: string): Promise<ModelProfile[]> {
    const all = Object.values(await this.redis.hgetall(this.keys.profiles)).map(
      json => JSON.parse(json) as ModelProfile,
    )
    return device === undefined ? all : all.filter(profile => profile.device.id === device)
  }
}

/** A model's name has no `|`. */
function fieldOf(device: string, model: string): string {
  return `${device}|${model}`
}
