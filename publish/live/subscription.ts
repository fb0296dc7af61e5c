/** What a WebSocket client wants to see, and how its wish is read from the client's message. */
import { Ajv } from 'ajv'
import type { ClientMessage, ServerMessage } from '../../shared/api/views.js'
import { RingsideError } from '../../shared/errors.js'
import { validationError } from '../api/validation.js'
import { clientMessageSchemas } from './messages.js'

type Subscribe = Extract<ClientMessage, { type: 'subscribe' }>

const ajv = new Ajv({ verbose: true, strict: false })
const validators = {
  subscribe: ajv.compile(clientMessageSchemas.subscribe),
  unsubscribe: ajv.compile(clientMessageSchemas.unsubscribe),
}

/** @throws RingsideError `invalid_request`, `invalid_stream_id` or `unknown_field` */
export function parseClientMessage(text: string): ClientMessage {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    throw invalidMessage('The message is not JSON.')
  }
  const type: unknown = typeof message === 'object' && message !== null ? Reflect.get(message, 'type') : null
  if (type !== 'subscribe' && type !== 'unsubscribe') {
    throw invalidMessage('The message has no type that is known here.')
  }
  const validate = validators[type]
  if (!validate(message)) throw validationError(validate.errors ?? [], 'message')
  return message as ClientMessage
}

export function invalidMessage(detail: string): RingsideError {
  return new RingsideError('invalid_request', detail, {
    remedy: 'Send {"type":"subscribe"} or {"type":"unsubscribe"} as text; /asyncapi.json describes both.',
  })
}

export class Subscription {
  readonly #streams: ReadonlySet<string>
  readonly classes: ReadonlySet<string>
  readonly minScore: number
  readonly pictures: ReadonlySet<string>
  /** Equal for equal filters, so that clients of one filter share its result; null where nothing is filtered. */
  readonly filterKey: string | null

  constructor(wish: Subscribe) {
    this.#streams = new Set(wish.streams)
    this.classes = new Set(wish.classes)
    this.minScore = wish.minScore ?? 0
    this.pictures = new Set(wish.pictures)
    const filters = this.classes.size > 0 || this.minScore > 0
    this.filterKey = filters ? JSON.stringify([[...this.classes].sort(), this.minScore]) : null
  }

  covers(stream: string): boolean {
    return this.#streams.size === 0 || this.#streams.has(stream)
  }

  keeps(detection: { class: string; score: number }): boolean {
    return detection.score >= this.minScore && (this.classes.size === 0 || this.classes.has(detection.class))
  }

  confirmation(): ServerMessage {
    return {
      type: 'subscribed',
      streams: [...this.#streams],
      classes: [...this.classes],
      minScore: this.minScore,
      pictures: [...this.pictures],
    }
  }
}
