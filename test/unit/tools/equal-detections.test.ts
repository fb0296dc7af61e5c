import { describe, expect, it } from 'vitest'
import { compare } from '../../bench/gpu/equal-detections.js'
import { fingerprintOf, isOf } from '../../bench/gpu/fingerprint.js'

const MAX_IOU = 0.6
type Row = [x1: number, y1: number, x2: number, y2: number, score: number, classId: number]
const frame = (...rows: Row[]): Float32Array => Float32Array.from(rows.flat())
const verdicts = (own: Float32Array, other: Float32Array) =>
  compare(own, other, MAX_IOU).map(({ verdict }) => verdict)

const person: Row = [100, 100, 200, 300, 0.9, 0]
const moved = ([x1, y1, x2, y2, score, classId]: Row, px: number, by = 0): Row => [
  x1 + px,
  y1,
  x2 + px,
  y2,
  score + by,
  classId,
]

describe('what two engines found', () => {
  it('is equal within the tolerances, and only there', () => {
    expect(verdicts(frame(person), frame(moved(person, 1, 0.015)))).toEqual(['equal'])
    expect(verdicts(frame(person), frame(moved(person, 5)))).toEqual(['different'])
    expect(verdicts(frame(person), frame(moved(person, 0, -0.05)))).toEqual(['different'])
    expect(verdicts(frame(person), frame([...person.slice(0, 5), 1] as unknown as Row))).toEqual([
      'different',
    ])
    expect(verdicts(frame(person), frame())).toEqual(['different'])
  })

  it('counts each partner once', () => {
    const twin: Row = [400, 100, 500, 300, 0.9, 0]
    expect(verdicts(frame(person, twin), frame(person))).toEqual(['equal', 'different'])
  })

  it('takes a partner just below the least score, and explains one that is missing there', () => {
    const weak: Row = [100, 100, 200, 300, 0.26, 0]
    expect(verdicts(frame(weak), frame(moved(weak, 0, -0.015)))).toEqual(['equal'])
    expect(verdicts(frame(weak), frame())).toEqual(['threshold'])
  })

  it('tells a neighbour that won the suppression from a detection that is not there', () => {
    const neighbour = moved(person, 20, -0.001) // IoU 0.67
    const own = frame(person, neighbour)
    const other = frame([...neighbour.slice(0, 4), 0.905, 0] as unknown as Row, person)
    expect(verdicts(own, other)).toEqual(['suppression'])
  })

  it('finds nothing where nothing is sure', () => {
    expect(verdicts(frame([0, 0, 10, 10, 0.2, 0]), frame(person))).toEqual([])
  })
})

describe('the fingerprint of a frame', () => {
  const candidates = (seed: number): Float32Array =>
    frame(
      ...Array.from(
        { length: 300 },
        (_, i): Row => [(seed * 37 + i * 13) % 600, i, 700, 700, 0.9 - i / 1000, 3],
      ),
    )

  it('knows its own results again, also a little moved', () => {
    const own = candidates(1)
    const isClass = (i: number): boolean => i % 6 === 5
    const close = own.map((value, i) => (isClass(i) ? value : value + 0.01))
    for (const again of [own, close]) expect(isOf(fingerprintOf(own), again)).toBe(true)
  })

  it('refuses those of another frame, those that nothing wrote, and what is no number', () => {
    const known = fingerprintOf(candidates(1))
    for (const other of [candidates(2), new Float32Array(1800), new Float32Array(1800).fill(Number.NaN)]) {
      expect(isOf(known, other)).toBe(false)
    }
  })
})
