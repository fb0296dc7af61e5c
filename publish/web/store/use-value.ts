/** Renders a component again when an observable value changes. */
import { useEffect, useState } from 'preact/hooks'
import type { Value } from './value.js'

export function useValue<T>(value: Value<T>): T {
  const [, render] = useState<unknown>(null)
  useEffect(() => {
    render({}) // it may have changed between the first render and this effect
    return value.subscribe(() => render({}))
  }, [value])
  return value.get()
}
