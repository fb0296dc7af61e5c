/** What was seen lately, one line a class and second: a log that a person can read while the frames race past. */
import type { DetectionsMessage } from '../../../shared/detection/message.js'
import { countByClass } from './filter.js'

export interface Sighting {
  /** Start of the second, wall time. */
  secondMs: number
  class: string
  classId: number
  /** Most objects of the class in one frame of the second. */
  count: number
  bestScore: number
}

const CAPACITY = 60

/** Newest second first; a second's lines are mended as its frames come in. */
export function addSightings(log: readonly Sighting[], message: DetectionsMessage): Sighting[] {
  const secondMs = Math.floor(message.capturedAt / 1000) * 1000
  const current = new Map(log.filter(each => each.secondMs === secondMs).map(each => [each.class, each]))
  for (const [name, count] of countByClass(message.detections)) {
    const ofClass = message.detections.filter(each => each.class === name)
    const before = current.get(name)
    current.set(name, {
      secondMs,
      class: name,
      classId: ofClass[0]!.classId,
      count: Math.max(count, before?.count ?? 0),
      bestScore: Math.max(before?.bestScore ?? 0, ...ofClass.map(each => each.score)),
    })
  }
  const others = log.filter(each => each.secondMs !== secondMs)
  return [...current.values(), ...others].sort((a, b) => b.secondMs - a.secondMs).slice(0, CAPACITY)
}
