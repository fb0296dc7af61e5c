/** Stops code between two of its accesses to shared memory: there other code runs, or a kill ends it. */

/** What ends an operation that is killed. */
export class Killed extends Error {}

const METHODS = ['load', 'store', 'compareExchange'] as const
type Access = (...args: never[]) => unknown

/**
 * @param pause called before and after each atomic access, with how many calls came before; may make accesses itself, and
 *   may be interrupted itself. What it throws ends the operation there.
 * @returns the operation's result.
 */
export function interrupted<T>(operation: () => T, pause: (moment: number) => void): T {
  const originals = METHODS.map(method => [method, Atomics[method] as Access] as const)
  const patched = METHODS.map((method, i) => [method, watched(originals[i]![1])] as const)
  let moment = 0

  function watched(original: Access): Access {
    return (...args) => {
      put(originals)
      pause(moment++)
      const result = original(...args)
      pause(moment++)
      put(patched)
      return result
    }
  }

  put(patched)
  try {
    return operation()
  } finally {
    put(originals)
  }
}

function put(methods: readonly (readonly [string, Access])[]): void {
  Object.assign(Atomics, Object.fromEntries(methods))
}
