/** Admission: asks the ledger for a stream's room before anything is allocated, and says what would fit where it is refused. */
import { admissionOf, admit } from '../../shared/budget/admit.js'
import type { StreamDemand } from '../../shared/budget/budget.js'
import { costOf, parked, streamReservation } from '../../shared/budget/cost.js'
import { withinRoom } from '../../shared/budget/elastic.js'
import type { DeviceKnowledge } from '../../shared/budget/knowledge.js'
import { limitsOf } from '../../shared/budget/limits.js'
import type { Admission, Refusal, Reservation } from '../../shared/budget/reservation.js'
import type { Limits } from '../../shared/budget/resources.js'
import { RingsideError } from '../../shared/errors.js'
import type { Ledger } from '../../shared/redis/ledger.js'
import { LedgerFull } from '../../shared/redis/stream-registry.js'
import { type DemandingStream, demandOf, type Seen } from '../demand.js'
import type { KnowledgeSource } from '../knowledge.js'

/** Others may take the room between the look and the script: then it is looked again. */
const MOST_LOOKS = 5

export interface AdmissionParts {
  ledger: Ledger
  knowledge: KnowledgeSource
}

/** What the ledger is asked for, and what is known of why. */
export interface Request {
  reservation: Reservation
  limits: Limits
  demand: StreamDemand
  knowledge: DeviceKnowledge
}

/** Where no infer process ever reported a device there is nothing to ask for: such a stream is accounted as soon as one does. */
export class AdmissionDesk {
  readonly #parts: AdmissionParts

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  /**
   * Runs `record` until the ledger has taken what it recorded, or is known not to have room.
   * @throws RingsideError `budget_exceeded` with the refusal, and whatever `record` throws.
   */
  async take<T>(record: () => Promise<T>): Promise<T> {
    for (let look = 1; ; look++) {
      try {
        return await record()
      } catch (error) {
        if (!(error instanceof LedgerFull)) throw error
        if (look === MOST_LOOKS) throw outrun(error)
      }
    }
  }

  /** What a stream costs, without asking whether it fits. null: no device is known. */
  async costs(stream: DemandingStream, seen: Seen): Promise<Request | null> {
    const knowledge = await this.#parts.knowledge.serving()
    if (!knowledge) return null
    const demand = demandOf(stream, seen, knowledge)
    const reservation = reservationFor(demand, knowledge)
    return { reservation, limits: limitsOf(knowledge), demand, knowledge }
  }

  /** What a paused stream keeps. null: no device is known. */
  async park(stream: DemandingStream): Promise<Pick<Request, 'reservation' | 'limits'> | null> {
    const request = await this.costs(stream, null)
    return request && { reservation: parked(request.reservation), limits: request.limits }
  }

  /** @returns what to record. @throws RingsideError `budget_exceeded` where it does not fit, with what would. */
  async ask(stream: DemandingStream, seen: Seen): Promise<Request | null> {
    const request = await this.costs(stream, seen)
    if (!request) return null
    const { demand, knowledge } = request
    const decision = admit(demand, await this.#parts.ledger.list(), knowledge)
    if (!decision.admitted) throw budgetExceeded(decision.refusal)
    return request
  }

  /** What a stream that is recorded got. */
  async granted({ demand, knowledge, reservation, limits }: Request): Promise<Admission> {
    const all = await this.#parts.ledger.list()
    const found = all.find(({ holder }) => holder === reservation.holder)
    return admissionOf(demand, costOf(demand, knowledge), found ?? withinRoom(reservation, all, limits))
  }
}

export function reservationFor(demand: StreamDemand, knowledge: DeviceKnowledge): Reservation {
  return streamReservation(demand, costOf(demand, knowledge), knowledge.capacity.id, Date.now())
}

function outrun({ overflow: { ok: _, ...overflow } }: LedgerFull): RingsideError {
  return new RingsideError('budget_exceeded', 'Others took the room while this stream asked for it.', {
    key: overflow.binding,
    value: String(overflow.asked),
    remedy: 'Try again: the answer will then say what would fit.',
    members: { ...overflow, remedies: [] },
  })
}

export function budgetExceeded({ text, ...refusal }: Refusal): RingsideError {
  const { binding, asked, remedies } = refusal
  const texts = remedies.map(remedy => remedy.text)
  return new RingsideError('budget_exceeded', text, {
    key: binding,
    value: String(asked),
    remedy:
      texts.length > 0
        ? `Any one of these would make it fit: ${texts.join('; ')}. \`ringside gpu budget\` shows who holds what.`
        : 'Nothing about this stream alone would make it fit: raise the budget (`ringside gpu budget`), or pause other streams.',
    members: refusal,
  })
}
