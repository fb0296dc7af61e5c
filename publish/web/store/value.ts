/** One observable value: the unit that the dashboard's state is made of. */

export interface Value<T> {
  get(): T
  set(next: T): void
  /** Returns the function that ends the subscription. */
  subscribe(listener: () => void): () => void
}

export function createValue<T>(initial: T): Value<T> {
  let current = initial
  const listeners = new Set<() => void>()
  return {
    get: () => current,
    set(next): void {
      if (Object.is(next, current)) return
      current = next
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
