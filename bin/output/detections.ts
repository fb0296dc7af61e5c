/** Live messages as lines for a terminal. */

import type { Detection, DetectionsMessage } from '../../shared/detection/message.js'
import type { LiveMessage } from '../client/live.js'

/** "14:03:22.120 gate #4711 lag 84 ms  2 person 0.91 0.88, 1 car 0.67" */
export function describeDetections(message: DetectionsMessage): string {
  const clock = new Date(message.capturedAt).toTimeString().slice(0, 8)
  const ms = String(Math.floor(message.capturedAt % 1000)).padStart(3, '0')
  const lag = `${Math.round(message.timing.totalMs)} ms`
  return `${clock}.${ms} ${message.stream} #${message.seq} lag ${lag}  ${summary(message.detections)}`
}

/** Classes in the order of their counts, each with its best scores. */
function summary(detections: readonly Detection[]): string {
  const scores = new Map<string, number[]>()
  for (const { class: name, score } of detections) scores.set(name, [...(scores.get(name) ?? []), score])
  if (scores.size === 0) return '–'
  return [...scores]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([name, all]) => `${all.length} ${name} ${bestOf(all)}`)
    .join(', ')
}

const SHOWN_SCORES = 3

function bestOf(scores: number[]): string {
  const best = [...scores].sort((a, b) => b - a).slice(0, SHOWN_SCORES)
  return best.map(score => score.toFixed(2)).join(' ') + (scores.length > SHOWN_SCORES ? ' …' : '')
}

/** null: of no interest to somebody who watches. */
export function describeEvent(message: LiveMessage): string | null {
  switch (message.type) {
    case 'stream.state':
      return `${message.stream}: ${message.state}${message.reason ? ` (${message.reason.text})` : ''}`
    case 'lost':
      return `ringside: this terminal was too slow; ${message.messages} messages are gone`
    case 'drops': {
      const drops = Object.entries(message.drops).map(([reason, frames]) => `${reason} ${frames}`)
      return `${message.stream}: frames dropped: ${drops.join(', ')}`
    }
    default:
      return null
  }
}
