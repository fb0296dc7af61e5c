/**
 * The ledger never promises more than there is: 100,000 random interleavings of publishers that add, change, pause and remove
 * streams, and of processes whose reservations lapse. Each looks, thinks, and records later, as the Lua script does: by the state then.
 */
import { describe, expect, it } from 'vitest'
import { costOf, streamReservation } from '../../../../shared/budget/cost.js'
import { decide } from '../../../../shared/budget/decide.js'
import { withinRoom, yielding } from '../../../../shared/budget/elastic.js'
import type { DeviceKnowledge } from '../../../../shared/budget/knowledge.js'
import type { Reservation } from '../../../../shared/budget/reservation.js'
import { type Limits, resources } from '../../../../shared/budget/resources.js'
import { usedOf } from '../../../../shared/budget/sum.js'
import { bucketProfile, DEVICE, profileOf } from '../../../tools/budget-arbitraries.js'

const INTERLEAVINGS = 100_000
const STEPS = 7
const GIB = 2 ** 30

/** Room for a few streams of any kind. */
const knowledge: DeviceKnowledge = {
  capacity: {
    id: DEVICE,
    kind: 'gpu',
    name: 'Card',
    deviceTotalBytes: 5 * GIB,
    hostTotalBytes: GIB,
    cores: 4,
    slabRows: 5,
    slabSlots: 16,
    decodePixelsPerSecond: 200_000_000,
    scalePixelsPerSecond: null,
    pcieBytesPerSecond: 60_000_000,
  },
  settings: {
    memoryFraction: 0.8,
    reserveFraction: 0.05,
    utilisation: 0.7,
    maxStreams: 4,
    batchWindowMs: null,
    latencyTargetMs: 100,
  },
  profiles: new Map([
    ['large', profileOf('large', [bucketProfile(1, 12, 2 * GIB)])],
    ['small', profileOf('small', [bucketProfile(1, 6, GIB)])],
    ['tiny', profileOf('tiny', [bucketProfile(1, 3, GIB / 2)])],
  ]),
  estimates: new Map(),
  defaultModel: 'small',
}

/** Mulberry32: the same numbers for the same seed. @returns 0 … 1, 1 excluded. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Every reservation that is asked for, worked out once: what is random is who asks for which, and when. */
const kinds: Reservation[] = ['large', 'small', 'tiny'].flatMap(model =>
  [5, 12, 25].flatMap(fps =>
    (['nvdec', 'libav'] as const).map(decoder => {
      const size = { widthPx: 1280, heightPx: 720, codec: null, assumed: [] }
      const demand = { id: '', model, fps, ...size, decoder, ringSlots: 4, priority: 5, elastic: fps === 25 }
      return streamReservation(demand, costOf(demand, knowledge), DEVICE, 0)
    }),
  ),
)

/** Each of the resources in turn has room for one to three streams, and the others for all: so every limit binds. */
const enough = Object.fromEntries(resources.map(resource => [resource, 2 ** 50])) as Limits
const scarce: Limits[] = resources.map(resource => {
  const most = Math.max(...kinds.map(({ own, shared }) => own[resource] + shared[resource]))
  return { ...enough, [resource]: most * 1.5 }
})

interface Tally {
  taken: number
  refused: Map<string, number>
}

function interleave(seed: number, limits: Limits, tally: Tally): void {
  const next = random(seed)
  const pick = (n: number): number => Math.floor(next() * n)
  const ledger = new Map<string, Reservation>()
  const waiting: Reservation[] = []
  for (let nowMs = 0; nowMs < STEPS; nowMs++) {
    const holder = `stream:${pick(6)}`
    const what = pick(8)
    if (what === 0) ledger.delete(holder)
    else if (what <= 5) waiting.push({ ...(kinds[pick(kinds.length)] as Reservation), holder })
    else
      waiting.push({
        ...(kinds[pick(kinds.length)] as Reservation),
        holder: `held:${pick(2)}`,
        expiresAtMs: nowMs + 2,
      })
    // Who looked first does not always write first.
    const [asked] = waiting.splice(pick(waiting.length), next() < 0.7 ? 1 : 0)
    if (asked) record(asked, ledger, limits, nowMs, tally)
    const used = usedOf(ledger.values(), DEVICE, nowMs)
    for (const resource of resources) {
      const limit = limits[resource]
      if (limit !== null && used[resource] > limit)
        throw new Error(`seed ${seed}, step ${nowMs}: ${resource} ${used[resource]} of ${limit}`)
    }
  }
}

function record(
  asked: Reservation,
  ledger: Map<string, Reservation>,
  limits: Limits,
  nowMs: number,
  tally: Tally,
): void {
  const granted = withinRoom(asked, ledger.values(), limits, nowMs)
  const verdict = decide(granted, ledger.values(), limits, nowMs)
  if (verdict.ok) {
    for (const less of yielding(granted, ledger.values(), limits, nowMs)) ledger.set(less.holder, less)
    ledger.set(asked.holder, granted)
    tally.taken++
  } else tally.refused.set(verdict.binding, (tally.refused.get(verdict.binding) ?? 0) + 1)
}

describe('the ledger', () => {
  it(`never exceeds a limit in ${INTERLEAVINGS} interleavings`, () => {
    const tally: Tally = { taken: 0, refused: new Map() }
    for (let seed = 0; seed < INTERLEAVINGS; seed++)
      interleave(seed, scarce[seed % scarce.length] as Limits, tally)
    expect(tally.taken).toBeGreaterThan(INTERLEAVINGS)
    // Every limit was met: what is never near its limit would prove nothing.
    expect([...tally.refused.keys()].sort()).toEqual([...resources].sort())
  }, 60_000)

  it('would be caught at it: all that is asked for here is more than any of these limits', () => {
    const used = usedOf(
      kinds.map((kind, i) => ({ ...kind, holder: `stream:${i}` })),
      DEVICE,
    )
    for (const [i, resource] of resources.entries())
      expect(used[resource]).toBeGreaterThan(scarce[i]?.[resource] as number)
  })
})
