/** What the form can say before the server is asked. The server decides; these only spare a round trip. */
import { streamIdPattern } from '../../../shared/stream/stream.js'

const idPattern = new RegExp(streamIdPattern)

/** As REST takes them. */
const FEWEST_SLOTS = 2
const MOST_SLOTS = 64

export interface CameraDraft {
  id: string
  url: string
  /** Name of a model; empty is the default. */
  model: string
  /** As typed; empty is no cap. */
  fps: string
  priority: string
  /** Name of a model; empty is none. */
  fallbackModel: string
  /** As typed; empty is as the settings say. */
  ringSlots: string
}

export const emptyDraft: CameraDraft = {
  id: '',
  url: '',
  model: '',
  fps: '',
  priority: '5',
  fallbackModel: '',
  ringSlots: '',
}

export type Hints = Partial<Record<keyof CameraDraft, string>>

/** What is wrong with each field, as far as a browser can tell; empty when nothing is. */
export function hintsFor(draft: CameraDraft): Hints {
  const hints: Hints = {}
  const id = idHint(draft.id)
  const url = urlHint(draft.url)
  if (id) hints.id = id
  if (url) hints.url = url
  if (draft.fps !== '' && !(Number(draft.fps) > 0))
    hints.fps = 'A number above 0, or nothing for every frame.'
  const priority = Number(draft.priority)
  if (!Number.isInteger(priority) || priority < 1 || priority > 9)
    hints.priority = 'A whole number from 1 to 9.'
  if (draft.ringSlots !== '' && !isSlotCount(Number(draft.ringSlots)))
    hints.ringSlots = `A whole number from ${FEWEST_SLOTS} to ${MOST_SLOTS}.`
  return hints
}

function isSlotCount(slots: number): boolean {
  return Number.isInteger(slots) && slots >= FEWEST_SLOTS && slots <= MOST_SLOTS
}

function idHint(id: string): string | null {
  if (id === '') return 'Give the camera a short name, such as gate.'
  return idPattern.test(id) ? null : 'Use a–z, 0–9, _ and - only, at most 64 characters.'
}

/** Credentials may hold anything, so that only what surrounds them is looked at. */
function urlHint(url: string): string | null {
  if (url === '') return 'Give the camera’s RTSP address.'
  if (/^file:\/\/\//.test(url)) return null // allowed where the operator says so; the server knows
  if (!/^rtsps?:\/\//.test(url)) return 'The address starts with rtsp:// or rtsps://.'
  return /^rtsps?:\/\/[^/]/.test(url) ? null : 'The address names no host.'
}

/** What an operator may wish of a stream, as REST takes it. */
export interface Wishes {
  model: string | null
  fps: number | null
  priority: number
  fallbackModel: string | null
  /** Absent: as the settings say. */
  ringSlots?: number
}

export function wishesOf({ model, fps, priority, fallbackModel, ringSlots }: CameraDraft): Wishes {
  return {
    model: model === '' ? null : model,
    fps: fps === '' ? null : Number(fps),
    priority: Number(priority),
    fallbackModel: fallbackModel === '' ? null : fallbackModel,
    ...(ringSlots !== '' && { ringSlots: Number(ringSlots) }),
  }
}

/** Only what differs is asked for: somebody else may have changed the rest meanwhile. */
export function changedWishes(before: Wishes, draft: CameraDraft): Partial<Wishes> {
  const wishes = Object.entries(wishesOf(draft))
  return Object.fromEntries(wishes.filter(([key, value]) => value !== before[key as keyof Wishes]))
}
