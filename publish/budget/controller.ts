/**
 * Keeps the streams of a device within its budget, twice a second: reads, decides, and in one step records what is in force and
 * tells it. The stages make it so by themselves; ingest is only hastened. Nothing is lost where anything fails: the next look
 * decides anew.
 */
import type { DegradableStream, DegradeStep } from '../../shared/budget/degradable.js'
import type { BudgetEvent, Degradation } from '../../shared/budget/degradation.js'
import type { ToldStep } from '../../shared/redis/degradations.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import { Decider, type Decision } from './decision.js'
import { degradationOf, eventOf, historyOf, inForce, reasonOf } from './records.js'
import type { Scene } from './scene.js'

/** What the controller does to the world. */
export interface BudgetOutlet {
  /** In one step, or not at all. */
  record(
    inForce: readonly Degradation[],
    restored: readonly string[],
    told: readonly ToldStep[],
  ): Promise<void>
  /** The stages should look now; they look by themselves each second, so that nothing depends on it. Never rejects. */
  hasten(): Promise<void>
}

export class BudgetController {
  readonly #read: () => Promise<Scene | null>
  readonly #outlet: BudgetOutlet
  readonly #decider: Decider
  readonly #enabled: boolean

  /** @param enabled false restores whatever was degraded, and degrades nothing. */
  constructor(
    read: () => Promise<Scene | null>,
    outlet: BudgetOutlet,
    { degrade, recoverAfterMs }: { degrade: boolean; recoverAfterMs: number },
  ) {
    this.#read = read
    this.#outlet = outlet
    this.#enabled = degrade
    this.#decider = new Decider(recoverAfterMs)
  }

  async look(nowMs = Date.now()): Promise<void> {
    const scene = await this.#read()
    if (!scene) return
    if (!this.#enabled) return this.#write([], [...scene.degradations.keys()], [])
    const decision = this.#decider.decide(scene, nowMs)
    const events = eventsOf(decision, scene, nowMs)
    const { changed, restored } = changesOf(decision, scene, events)
    const told = events.map(event => ({ event, line: historyOf(event) }))
    await this.#write(changed, restored, told)
  }

  async #write(
    changed: readonly Degradation[],
    restored: readonly string[],
    told: readonly ToldStep[],
  ): Promise<void> {
    if (changed.length + restored.length + told.length === 0) return
    await this.#outlet.record(changed, restored, told)
    await this.#outlet.hasten()
  }
}

function eventsOf({ steps, streams }: Decision, scene: Scene, atMs: number): BudgetEvent[] {
  const device = scene.knowledge.capacity.id
  return steps.map(step => {
    const desired = desiredOf(scene, step.stream)
    const stream = streams.get(step.stream) as DegradableStream
    const [from, to] = [inForce(step.from, desired, stream), inForce(step.to, desired, stream)]
    return eventOf(step, from, to, reasonOf(device, step.exceeded), atMs)
  })
}

/** What has to be written so that Redis says what was decided. */
function changesOf({ settings, streams, steps }: Decision, scene: Scene, events: readonly BudgetEvent[]) {
  const changed = scene.streams.flatMap(({ desired }) => {
    const setting = settings.get(desired.id)
    if (!setting) return []
    const before = scene.degradations.get(desired.id) ?? null
    const last = lastOf(desired.id, steps, events)
    const after = degradationOf(setting, desired, streams.get(desired.id) as DegradableStream, before, last)
    return JSON.stringify(after) === JSON.stringify(before) ? [] : [after]
  })
  return { changed, restored: [...scene.degradations.keys()].filter(id => !settings.has(id)) }
}

function lastOf(id: string, steps: readonly DegradeStep[], events: readonly BudgetEvent[]) {
  const index = steps.findLastIndex(({ stream }) => stream === id)
  const [step, event] = [steps[index], events[index]]
  return step && event ? { step, reason: event.reason, atMs: event.at } : null
}

function desiredOf({ streams }: Scene, id: string): DesiredStream {
  return (streams.find(({ desired }) => desired.id === id) as { desired: DesiredStream }).desired
}
