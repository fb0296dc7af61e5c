/** What a check of this machine finds. */

/** `skip`: it could not be looked at, and why is no fault. */
export type Verdict = 'ok' | 'warn' | 'fail' | 'skip'

export interface Finding {
  /** What was looked at. */
  check: string
  verdict: Verdict
  /** What was found. */
  found: string
  /** What to do; null where all is well. */
  remedy: string | null
}

export function ok(check: string, found: string): Finding {
  return { check, verdict: 'ok', found, remedy: null }
}

export function warn(check: string, found: string, remedy: string): Finding {
  return { check, verdict: 'warn', found, remedy }
}

export function fail(check: string, found: string, remedy: string): Finding {
  return { check, verdict: 'fail', found, remedy }
}

export function skip(check: string, found: string): Finding {
  return { check, verdict: 'skip', found, remedy: null }
}
