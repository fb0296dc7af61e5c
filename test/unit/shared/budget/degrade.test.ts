/** Which streams give way and come back: the declared order by table, and what always holds by property. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CLIMB_MARGIN } from '../../../../shared/budget/climb.js'
import type {
  DegradableStream,
  DegradeInput,
  DegradeResult,
  StreamLoad,
} from '../../../../shared/budget/degradable.js'
import { degrade } from '../../../../shared/budget/degrade.js'
import { worst } from '../../../../shared/budget/exceeded.js'
import type { Reservation } from '../../../../shared/budget/reservation.js'
import { type Amounts, type Limits, noAmounts, resources } from '../../../../shared/budget/resources.js'
import {
  fpsAt,
  levelOf,
  lowered,
  raised,
  type Setting,
  settingOf,
} from '../../../../shared/budget/setting.js'
import { usedOf } from '../../../../shared/budget/sum.js'

const RECOVER_MS = 10_000
const noLimits = Object.fromEntries(resources.map(resource => [resource, null])) as Limits

interface Plain {
  id: string
  priority: number
  fps: number
  /** Millionths of the engine's time for a frame a second, by the stream's own model and by its fallback. */
  ppm?: number
  fallbackPpm?: number | null
  model?: string
  modelBytes?: number
  fallbackBytes?: number
}

function stream(plain: Plain): DegradableStream {
  const { id, priority, fps, ppm = 10_000, fallbackPpm = null, model = 'large' } = plain
  return {
    id,
    priority,
    fps,
    hasFallback: fallbackPpm !== null,
    load({ halvings, fallback }): StreamLoad {
      const perFrame = fallback ? (fallbackPpm ?? ppm) : ppm
      return {
        model: fallback ? 'small' : model,
        own: { ...noAmounts, computePpm: Math.ceil(fpsAt(fps, halvings) * perFrame), streams: 1 },
        shared: {
          ...noAmounts,
          hostBytes: fallback ? (plain.fallbackBytes ?? 10) : (plain.modelBytes ?? 100),
        },
      }
    },
  }
}

const input = (streams: DegradableStream[], limits: Partial<Limits>, more: Partial<DegradeInput> = {}) => ({
  streams,
  held: [],
  limits: { ...noLimits, ...limits },
  present: new Map(),
  room: null,
  nowMs: 0,
  recoverAfterMs: RECOVER_MS,
  ...more,
})

const told = (result: DegradeResult): string[] =>
  result.steps.map(({ stream, direction, kind }) => `${direction} ${kind} ${stream}`)

/** Calls again with its own results, `everyMs` apart, until nothing changes for longer than a recovery takes. */
function settle(first: DegradeInput, everyMs = 5000): { results: DegradeResult[]; last: DegradeResult } {
  const results: DegradeResult[] = []
  let at = first
  for (let quiet = 0; quiet < 4; ) {
    const result = degrade(at)
    results.push(result)
    quiet = result.steps.length === 0 ? quiet + 1 : 0
    if (results.length > 5000) throw new Error('it does not come to rest')
    at = { ...at, present: result.settings, room: result.room, nowMs: at.nowMs + everyMs }
  }
  return { results, last: results.at(-1) as DegradeResult }
}

describe('the declared order', () => {
  const a = stream({ id: 'a', priority: 1, fps: 20, fallbackPpm: 2000 })
  const b = stream({ id: 'b', priority: 1, fps: 12, fallbackPpm: 2000 })
  const c = stream({ id: 'c', priority: 5, fps: 10 })

  it.each([
    [420_000, []],
    [419_999, ['down fps a']],
    [319_999, ['down fps a', 'down fps b']],
    [259_999, ['down fps a', 'down fps b', 'down fps a']],
    [209_999, ['down fps a', 'down fps b', 'down fps a', 'down fps b']],
    [179_999, ['down fps a', 'down fps b', 'down fps a', 'down fps b', 'down model a']],
    [
      115_999,
      [
        ...['down fps a', 'down fps b', 'down fps a', 'down fps b'],
        ...['down model a', 'down model b', 'down pause a'],
      ],
    ],
    [
      30_000,
      [
        ...['down fps a', 'down fps b', 'down fps a', 'down fps b'],
        ...['down model a', 'down model b', 'down pause a', 'down pause b'],
        ...['down fps c', 'down fps c'],
      ],
    ],
  ])('compute for %i ppm', (computePpm, steps) => {
    expect(told(degrade(input([a, b, c], { computePpm })))).toEqual(steps)
  })

  it('passes over what does not help: a limit on the count of streams is met by pauses alone', () => {
    expect(told(degrade(input([a, b, c], { streams: 2 })))).toEqual(['down pause a'])
  })

  it('a limit on memory is met by smaller models, where the large one is then needed by nobody', () => {
    const d = stream({ id: 'd', priority: 1, fps: 5, fallbackPpm: 10 })
    expect(told(degrade(input([d], { hostBytes: 50 })))).toEqual(['down model d'])
    const both = degrade(input([d, c], { hostBytes: 50 }))
    expect(both.unmet).toEqual(null)
    expect(both.settings.get('c')?.paused).toBe(true)
  })

  it('says what is left unmet where nothing more can give way', () => {
    const held = [{ model: 'x', own: { ...noAmounts, hostBytes: 70 }, shared: noAmounts }]
    const result = degrade(input([a], { hostBytes: 50 }, { held }))
    expect(result.settings.get('a')?.paused).toBe(true)
    expect(result.unmet).toEqual({ resource: 'hostBytes', used: 70, limit: 50 })
  })

  it('never asks for less than a frame a second', () => {
    const slow = stream({ id: 's', priority: 1, fps: 1.5 })
    expect(told(degrade(input([slow], { computePpm: 1 })))).toEqual(['down fps s', 'down pause s'])
    expect(fpsAt(1.5, 1)).toBe(1)
    expect(fpsAt(0.5, 2)).toBe(0.5)
  })
})

describe('coming back', () => {
  const a = stream({ id: 'a', priority: 1, fps: 20 })
  const b = stream({ id: 'b', priority: 7, fps: 20 })
  const low = degrade(input([a, b], { computePpm: 60_000 }))

  it('waits until there has been room for as long as it takes, then goes a step at a time', () => {
    const wide = { ...input([a, b], { computePpm: 700_000 }), present: low.settings }
    const first = degrade(wide)
    expect(first).toMatchObject({ steps: [], room: { stream: 'b', kind: 'fps', sinceMs: 0 } })
    expect(degrade({ ...wide, room: first.room, nowMs: RECOVER_MS - 1 }).steps).toEqual([])
    expect(told(degrade({ ...wide, room: first.room, nowMs: RECOVER_MS }))).toEqual(['up fps b'])
  })

  it('goes in the reverse order, back to what was declared', () => {
    const { results, last } = settle({ ...input([a, b], { computePpm: 700_000 }), present: low.settings })
    expect(results.flatMap(told)).toEqual(['up fps b', 'up fps b', 'up pause a', 'up fps a', 'up fps a'])
    expect(last.settings.size).toBe(0)
  })

  it('needs a tenth more than the step takes', () => {
    const one = stream({ id: 'a', priority: 1, fps: 20 })
    const present = new Map([['a', { halvings: 1, fallback: false, paused: false }]])
    const at = (computePpm: number) => degrade({ ...input([one], { computePpm }), present }).room
    expect(at(100_000 + 100_000 * CLIMB_MARGIN - 1)).toBeNull()
    expect(at(100_000 + 100_000 * CLIMB_MARGIN)).not.toBeNull()
  })

  it('begins to wait anew where the room was gone in between', () => {
    const tight = { ...input([a, b], { computePpm: 60_000 }), present: low.settings }
    expect(
      degrade({ ...tight, room: { stream: 'b', kind: 'fps', sinceMs: 0 }, nowMs: RECOVER_MS }).room,
    ).toBeNull()
  })

  it('a stream that waits for room is not overtaken by a lesser one', () => {
    const cheap = stream({ id: 'cheap', priority: 1, fps: 2 })
    const present = new Map([
      ['b', { halvings: 1, fallback: false, paused: false }],
      ['cheap', { halvings: 1, fallback: false, paused: false }],
    ])
    expect(degrade({ ...input([cheap, b], { computePpm: 130_000 }), present }).room).toBeNull()
  })

  it('comes from a pause that a limit on the count demanded straight to what it was', () => {
    const paused = degrade(input([a, b], { streams: 1 }))
    expect(paused.settings.get('a')).toEqual({ halvings: 0, fallback: false, paused: true })
    const { results } = settle({ ...input([a, b], { streams: 2 }), present: paused.settings })
    expect(results.flatMap(told)).toEqual(['up pause a'])
  })
})

const settings: fc.Arbitrary<Setting> = fc.record({
  halvings: fc.integer({ min: 0, max: 2 }),
  fallback: fc.boolean(),
  paused: fc.boolean(),
})
const plains = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom(...'abcdefgh'),
    priority: fc.integer({ min: 1, max: 3 }),
    fps: fc.constantFrom(0.5, 1, 2.5, 5, 12.5, 25, 30),
    ppm: fc.integer({ min: 0, max: 20_000 }),
    fallbackPpm: fc.option(fc.integer({ min: 0, max: 20_000 })),
    model: fc.constantFrom('large', 'other'),
    modelBytes: fc.integer({ min: 0, max: 1000 }),
    fallbackBytes: fc.integer({ min: 0, max: 1000 }),
  }),
  { selector: plain => plain.id, maxLength: 8 },
)
const limit = (max: number) => fc.option(fc.integer({ min: 0, max }))
const inputs: fc.Arbitrary<DegradeInput> = fc
  .record({
    plains,
    computePpm: limit(2_000_000),
    hostBytes: limit(2500),
    streams: limit(8),
    heldBytes: fc.integer({ min: 0, max: 1500 }),
    present: fc.array(fc.tuple(fc.constantFrom(...'abcdefgh'), settings)),
  })
  .map(({ plains, computePpm, hostBytes, streams, heldBytes, present }) => {
    const all = plains.map(stream)
    const known = new Map(present)
    const held = [{ model: 'large', own: noAmounts, shared: { ...noAmounts, hostBytes: heldBytes } }]
    return input(all, { computePpm, hostBytes, streams }, { held, present: possible(all, known) })
  })

/** Settings that the streams can have come to. */
function possible(streams: DegradableStream[], present: ReadonlyMap<string, Setting>): Map<string, Setting> {
  return new Map(
    streams.flatMap(one => {
      const wish = present.get(one.id)
      if (!wish) return []
      const record = { level: levelOf(wish), model: wish.fallback ? 'small' : null, paused: wish.paused }
      return [[one.id, settingOf(record, one)] as const]
    }),
  )
}

/** By the sums of the ledger itself. */
function used({ streams, held }: DegradeInput, chosen: ReadonlyMap<string, Setting>): Amounts {
  const loads = streams.flatMap(one => {
    const setting = chosen.get(one.id) ?? { halvings: 0, fallback: false, paused: false }
    return setting.paused ? [] : [one.load(setting)]
  })
  const facts = { v: 1, device: 'd', basis: 'measured', priority: 1, atMs: 0, expiresAtMs: null } as const
  const asReservation = (load: StreamLoad, i: number): Reservation => ({
    ...facts,
    ...load,
    holder: String(i),
  })
  return usedOf([...loads, ...held].map(asReservation), 'd')
}

describe('whatever the streams, limits and settings are', () => {
  const runs = { numRuns: 1500 }

  it('fits afterwards by the sums of the ledger, or says what does not', () => {
    fc.assert(
      fc.property(inputs, at => {
        const { settings: chosen, unmet } = degrade(at)
        expect(worst(used(at, chosen), at.limits)).toEqual(unmet)
        for (const { id } of unmet?.resource === 'streams' ? at.streams : [])
          expect(chosen.get(id)?.paused).toBe(true)
      }),
      runs,
    )
  })

  it('comes to rest, and no stream goes down after one has gone up: it never oscillates', () => {
    fc.assert(
      fc.property(inputs, at => {
        const directions = settle(at).results.flatMap(({ steps }) => steps.map(step => step.direction))
        const firstUp = directions.indexOf('up')
        if (firstUp >= 0) expect(directions.slice(firstUp)).not.toContain('down')
      }),
      runs,
    )
  })

  it('a call that goes down changes nothing when it is made again', () => {
    fc.assert(
      fc.property(inputs, at => {
        const once = degrade(at)
        const again = degrade({ ...at, present: once.settings, room: once.room })
        expect(again.steps.filter(({ direction }) => direction === 'down')).toEqual([])
      }),
      runs,
    )
  })

  it('each step is one of those that its stream has, and leads from the setting before', () => {
    fc.assert(
      fc.property(inputs, at => {
        const now = new Map(at.present)
        for (const { stream: id, direction, kind, from, to } of degrade(at).steps) {
          const one = at.streams.find(candidate => candidate.id === id) as DegradableStream
          expect(now.get(id) ?? { halvings: 0, fallback: false, paused: false }).toEqual(from)
          expect(direction === 'down' ? lowered(from, kind, one) : raised(from, kind)).toEqual(to)
          now.set(id, to)
        }
      }),
      runs,
    )
  })

  it('a lower limit on compute degrades no stream less: monotone', () => {
    fc.assert(
      fc.property(plains, fc.nat(1_500_000), fc.nat(1_500_000), (some, x, y) => {
        const all = some.map(one =>
          stream({ ...one, fallbackPpm: one.fallbackPpm && Math.min(one.fallbackPpm, one.ppm) }),
        )
        const [less, more] = [Math.min(x, y), Math.max(x, y)].map(
          computePpm => degrade(input(all, { computePpm })).settings,
        ) as [Map<string, Setting>, Map<string, Setting>]
        for (const [id, setting] of more)
          expect(
            levelOf(less.get(id) ?? { halvings: 0, fallback: false, paused: false }),
          ).toBeGreaterThanOrEqual(levelOf(setting))
      }),
      runs,
    )
  })

  it('with room enough everything comes back to what was declared', () => {
    fc.assert(
      fc.property(inputs, at => {
        expect(settle({ ...at, limits: noLimits }).last.settings.size).toBe(0)
      }),
      runs,
    )
  })

  it('a lower priority is exhausted before a higher one begins', () => {
    fc.assert(
      fc.property(plains, fc.nat(1_500_000), (some, computePpm) => {
        const all = some.map(one => stream({ ...one, ppm: one.ppm + 1, fallbackPpm: null }))
        const { steps, settings: chosen } = degrade(input(all, { computePpm }))
        const reached = Math.max(0, ...steps.map(step => all.find(one => one.id === step.stream)!.priority))
        for (const one of all) if (one.priority < reached) expect(chosen.get(one.id)?.paused).toBe(true)
      }),
      runs,
    )
  })
})

it('256 streams that all have to go take no more than a moment', () => {
  const many = Array.from({ length: 256 }, (_, i) => stream({ id: `s${i}`, priority: 1 + (i % 9), fps: 25 }))
  const began = performance.now()
  expect(degrade(input(many, { streams: 0 })).settings.size).toBe(256)
  expect(performance.now() - began).toBeLessThan(2000)
})
