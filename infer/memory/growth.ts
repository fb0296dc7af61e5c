/** Which model's device memory has grown since it was loaded: only that comes back when its session is made anew. Pure. */

/** What a model's arenas hold now; null while its engine has not told. */
export interface ModelArena {
  name: string
  /** Another one after each load. */
  session: object
  reservedBytes: number | null
}

/** Less is the rounding of a load. */
const LEAST_GROWTH = 0.05

export class ArenaGrowth {
  /** The least that each session ever held: what its load took. */
  readonly #least = new WeakMap<object, number>()

  see(models: readonly ModelArena[]): void {
    for (const { session, reservedBytes } of models) {
      if (reservedBytes === null) continue
      this.#least.set(session, Math.min(reservedBytes, this.#least.get(session) ?? reservedBytes))
    }
  }

  /** The model that grew most, where one grew by 5 % or more. */
  mostGrown(models: readonly ModelArena[]): string | null {
    let most: { name: string; bytes: number } | null = null
    for (const { name, session, reservedBytes } of models) {
      const least = this.#least.get(session)
      if (reservedBytes === null || least === undefined) continue
      const bytes = reservedBytes - least
      if (bytes > 0 && bytes >= least * LEAST_GROWTH && bytes > (most?.bytes ?? 0)) most = { name, bytes }
    }
    return most?.name ?? null
  }
}
