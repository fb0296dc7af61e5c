/** What degrading starts from and comes to. Pure types. */
import type { DegradationKind } from './degradation.js'
import type { Exceeded } from './exceeded.js'
import type { Amounts, Limits } from './resources.js'
import type { Adjustable, Setting } from './setting.js'

/** What a stream takes: for itself, and of its model. */
export interface StreamLoad {
  model: string
  own: Amounts
  shared: Amounts
}

export interface DegradableStream extends Adjustable {
  id: string
  /** 1 gives way first. */
  priority: number
  /** Of a setting that is not paused; the same for the same setting. */
  load(setting: Setting): StreamLoad
}

export interface DegradeInput {
  streams: readonly DegradableStream[]
  /** What is taken beside the streams, and does not give way. */
  held: readonly StreamLoad[]
  limits: Limits
  /** In force now; absent: as declared. */
  present: ReadonlyMap<string, Setting>
  /** As the call before returned it. */
  room: Room | null
  nowMs: number
  recoverAfterMs: number
}

/** The step up for which there is room, and since when. */
export interface Room {
  stream: string
  kind: DegradationKind
  sinceMs: number
}

export interface DegradeStep {
  stream: string
  direction: 'down' | 'up'
  kind: DegradationKind
  from: Setting
  to: Setting
  /** What was exceeded most before a step down; null of a step up. */
  exceeded: Exceeded | null
}

export interface DegradeResult {
  /** Of the streams that do not run as declared. */
  settings: Map<string, Setting>
  /** In the order in which they were taken. */
  steps: DegradeStep[]
  room: Room | null
  /** What is exceeded still, with nothing left that would lessen it. */
  unmet: Exceeded | null
}
