/**
 * The states of a stream and the only ways between them. Pure; `session.ts` lives by it.
 *
 *                 ┌──────────── retry ────────────┬───────────────┬──────────────┐
 *                 ▼                               │               │              │
 *   resume ─► CONNECTING ── frame ──► LIVE ── gap ──► STALLED     │              │
 *      │        │  │  ▲                │                           │              │
 *      │        │  │  └─── restart ────┼───────── end ────► BACKING_OFF           │
 *      │        │  └──── end ──────────┴──────────────────────►   ▲              │
 *      │        └─────── end (somebody must mend it) ─────────────┼─────────► FAILED
 *      │
 *   PAUSED ◄── pause ── any of these            CLOSED ◄── close ── any state, for good
 */
import type { StateReason, StreamState } from '../../shared/stream/stream.js'

export interface Machine {
  state: StreamState
  reason: StateReason | null
  /** When the state began, wall time. */
  sinceMs: number
}

export type SessionEvent =
  /** What the next attempt waits for; null when it is under way. */
  | { kind: 'waiting'; reason: StateReason | null }
  | { kind: 'frame' }
  | { kind: 'gap'; reason: StateReason }
  /** The decoder ended, or was ended for giving nothing. */
  | { kind: 'end'; reason: StateReason; permanent: boolean }
  | { kind: 'retry' }
  /** A new decoder for our own reasons: another cap, another frame size. */
  | { kind: 'restart' }
  | { kind: 'pause'; reason: StateReason }
  | { kind: 'resume' }
  | { kind: 'close'; reason: StateReason }

/** state → event → next state. What is not here changes nothing. */
export const transitions: Record<StreamState, Partial<Record<SessionEvent['kind'], StreamState>>> = {
  connecting: {
    waiting: 'connecting',
    frame: 'live',
    restart: 'connecting',
    pause: 'paused',
    close: 'closed',
    end: 'backing_off',
  },
  live: { gap: 'stalled', end: 'backing_off', restart: 'connecting', pause: 'paused', close: 'closed' },
  stalled: { retry: 'connecting', restart: 'connecting', pause: 'paused', close: 'closed' },
  backing_off: { retry: 'connecting', restart: 'connecting', pause: 'paused', close: 'closed' },
  failed: { retry: 'connecting', restart: 'connecting', pause: 'paused', close: 'closed' },
  paused: { pause: 'paused', resume: 'connecting', close: 'closed' },
  closed: {},
}

export function begin(nowMs: number): Machine {
  return { state: 'connecting', reason: null, sinceMs: nowMs }
}

/** @returns the very same machine where the event changes nothing. */
export function step(machine: Machine, event: SessionEvent, nowMs: number): Machine {
  const declared = transitions[machine.state][event.kind]
  if (!declared) return machine
  const fails = event.kind === 'end' && event.permanent && machine.state === 'connecting'
  const state = fails ? 'failed' : declared
  const reason = reasonAfter(machine, event)
  if (state === machine.state && reason?.code === machine.reason?.code) return machine
  return { state, reason, sinceMs: state === machine.state ? machine.sinceMs : nowMs }
}

/** A stream that tries again still says what went wrong, until a frame proves it mended. */
function reasonAfter(machine: Machine, event: SessionEvent): StateReason | null {
  switch (event.kind) {
    case 'frame':
    case 'resume':
    case 'restart':
      return null
    case 'retry':
      return machine.reason
    case 'waiting':
      return event.reason
    default:
      return event.reason
  }
}
