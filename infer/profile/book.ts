/**
 * The profiles of one device, as its infer process knows them: read once at start, so that what a model is charged can be looked
 * up without waiting; what is measured since is kept here and written to Redis, which is the one place where costs outlive us.
 */

import type { ModelProfile } from '../../shared/budget/profile.js'
import { type ProfileSubject, staleReason } from '../../shared/budget/staleness.js'
import { messageOf } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'

/** Where profiles outlive the process. */
export interface ProfileShelf {
  list(device: string): Promise<ModelProfile[]>
  write(profile: ModelProfile): Promise<void>
  remove(device: string, model: string): Promise<void>
}

export class ProfileBook {
  readonly #known = new Map<string, ModelProfile>()
  readonly #shelf: ProfileShelf | null

  /** @param shelf null keeps profiles for the life of the process alone. */
  constructor(
    private readonly log: Log,
    shelf: ProfileShelf | null = null,
  ) {
    this.#shelf = shelf
  }

  /** @throws where Redis cannot be read: whoever starts without a profile would be admitted by estimates. */
  static async open(shelf: ProfileShelf, device: string, log: Log): Promise<ProfileBook> {
    const book = new ProfileBook(log, shelf)
    for (const profile of await shelf.list(device)) book.#known.set(profile.model, profile)
    return book
  }

  /** null where there is none, or it does not hold any more. */
  find(subject: ProfileSubject): ModelProfile | null {
    const profile = this.#known.get(subject.model)
    return profile && staleReason(profile, subject) === null ? profile : null
  }

  /** Why a model is to be measured; null where it is not. */
  why(subject: ProfileSubject): string | null {
    const profile = this.#known.get(subject.model)
    return profile ? staleReason(profile, subject) : 'it was never measured here'
  }

  /** Forgets the profiles of models that are no more; those that Redis keeps, the next time. @param isThere whether a model can still be loaded. */
  async sweep(isThere: (model: string) => boolean): Promise<void> {
    for (const { model, device } of [...this.#known.values()]) {
      if (isThere(model)) continue
      try {
        await this.#shelf?.remove(device.id, model)
      } catch (error) {
        this.log.warn({ model, reason: messageOf(error) }, 'a profile could not be forgotten')
        return
      }
      this.#known.delete(model)
      this.log.info({ model }, 'the model is no more, and its profile is forgotten')
    }
  }

  /** Redis that does not take it costs another measurement after the next start. */
  async keep(profile: ModelProfile): Promise<void> {
    this.#known.set(profile.model, profile)
    try {
      await this.#shelf?.write(profile)
    } catch (error) {
      this.log.warn({ model: profile.model, reason: messageOf(error) }, 'a profile could not be stored')
    }
  }
}
