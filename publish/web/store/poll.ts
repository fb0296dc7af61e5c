/** Data that is asked for again and again, while a view uses it and the page is visible. */
import { useEffect } from 'preact/hooks'
import type { Problem } from '../../../shared/api/views.js'
import { problemOf } from '../api/problem.js'
import { pageVisible } from './page.js'
import { useValue } from './use-value.js'
import { createValue, type Value } from './value.js'

export interface Polled<T> {
  /** The last good answer. */
  data: T | null
  /** Why the newest request failed; null when it did not. */
  problem: Problem | null
}

export interface Poll<T> {
  value: Value<Polled<T>>
  /** Polls until the returned function is called. */
  hold(): () => void
  /** Asks now. */
  refresh(): Promise<void>
}

/** @param load rejects with what `problemOf` understands. */
export function createPoll<T>(load: () => Promise<T>, intervalMs: number): Poll<T> {
  const value = createValue<Polled<T>>({ data: null, problem: null })
  let holders = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = 0
  let answered = 0

  async function refresh(): Promise<void> {
    const mine = ++asked
    const next = await load().then(
      data => ({ data, problem: null }),
      (error: unknown) => ({ data: value.get().data, problem: problemOf(error) }),
    )
    if (mine < answered) return // an answer to a later question is here already
    answered = mine
    value.set(next)
  }
  async function run(): Promise<void> {
    clearTimeout(timer)
    if (holders === 0 || !pageVisible.get()) return
    await refresh()
    clearTimeout(timer) // two runs may overlap where the page was hidden and shown again
    timer = setTimeout(() => void run(), intervalMs)
  }
  pageVisible.subscribe(() => void run())

  return {
    value,
    hold(): () => void {
      holders += 1
      if (holders === 1) void run()
      return () => {
        holders -= 1
        if (holders === 0) clearTimeout(timer)
      }
    },
    refresh,
  }
}

export function usePoll<T>(poll: Poll<T>): Polled<T> {
  useEffect(() => poll.hold(), [poll])
  return useValue(poll.value)
}
