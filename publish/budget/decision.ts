/** What follows from one reading: the settings that streams should have, and the steps to them. Pure, but for what it remembers of the readings before. */
import type { DegradableStream, DegradeInput, DegradeResult, Room } from '../../shared/budget/degradable.js'
import { degrade } from '../../shared/budget/degrade.js'
import { limitsOf } from '../../shared/budget/limits.js'
import { asDeclared, fpsAt, type Setting, settingOf } from '../../shared/budget/setting.js'
import { degradable, heldLoads } from './loads.js'
import { Pressure } from './pressure.js'
import type { Scene } from './scene.js'

export interface Decision extends DegradeResult {
  streams: Map<string, DegradableStream>
}

export class Decider {
  readonly #recoverAfterMs: number
  readonly #pressure = new Pressure()
  #room: Room | null = null

  constructor(recoverAfterMs: number) {
    this.#recoverAfterMs = recoverAfterMs
  }

  decide(scene: Scene, nowMs: number): Decision {
    const { knowledge, reservations } = scene
    const streams = scene.streams.map(one => degradable(one, scene))
    const present = presentOf(scene, streams)
    const input: DegradeInput = {
      streams,
      held: heldLoads(reservations, knowledge.capacity.id, knowledge.defaultModel, nowMs),
      limits: limitsOf(knowledge),
      present,
      room: this.#room,
      nowMs,
      recoverAfterMs: this.#recoverAfterMs,
    }
    this.#observe(scene, streams, present, nowMs)
    const result = this.#result(input)
    this.#room = result.room
    if (result.steps.length > 0) this.#pressure.changed(nowMs)
    return { ...result, streams: new Map(streams.map(stream => [stream.id, stream])) }
  }

  /** What was promised comes first; where that fits, the engine may be busier than it was reckoned to be. */
  #result(input: DegradeInput): DegradeResult {
    const promised = degrade(input)
    const down = promised.steps.some(({ direction }) => direction === 'down')
    if (down || promised.unmet || !this.#pressure.engaged) return promised
    return degrade({ ...input, streams: input.streams.map(stream => this.#pressure.correct(stream)) })
  }

  #observe(scene: Scene, streams: DegradableStream[], present: Map<string, Setting>, nowMs: number): void {
    const { busy, knowledge } = scene
    // One of no declared rate takes whatever time the engine has left: beside it a busy engine is no sign of too much.
    const isElastic = !scene.isTuned && scene.streams.some(({ desired }) => desired.fps === null)
    if (busy === null || isElastic) {
      this.#pressure.forget()
      return
    }
    const running = streams
      .map(stream => ({ stream, setting: present.get(stream.id) ?? asDeclared }))
      .filter(({ setting }) => !setting.paused)
    const sum = (of: (one: (typeof running)[number]) => number): number =>
      running.reduce((total, one) => total + of(one), 0)
    const measured = {
      busy,
      utilisation: knowledge.settings.utilisation,
      reckonedPpm: sum(({ stream, setting }) => stream.load(setting).own.computePpm),
      fps: sum(({ stream, setting }) => fpsAt(stream.fps, setting.halvings)),
      degraded: present.size > 0,
    }
    this.#pressure.observe(measured, nowMs)
  }
}

/** A degradation of an earlier registration of the id is none of this one's. */
function presentOf({ streams, degradations }: Scene, all: readonly DegradableStream[]): Map<string, Setting> {
  return new Map(
    streams.flatMap(({ desired }, i) => {
      const record = degradations.get(desired.id)
      if (!record || record.sinceMs < desired.createdAtMs) return []
      return [[desired.id, settingOf(record, all[i] as DegradableStream)] as const]
    }),
  )
}
