/** Mean average precision as pycocotools computes it: fixtures made by it (test/fixtures/coco-eval/make.py), and what must hold of any numbers. */
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Accuracy, evaluate } from '../../../../../infer/model/accuracy/evaluate.js'
import type { Judged } from '../../../../../infer/model/accuracy/judged.js'

const folder = fileURLToPath(new URL('../../../../fixtures/coco-eval', import.meta.url))
const fixtures = fs.readdirSync(folder).filter(name => name.endsWith('.json'))
const TOLERANCE = 1e-6
const means = ['map', 'map50', 'map75', 'mapSmall', 'mapMedium', 'mapLarge'] as const

const read = (name: string) =>
  JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) as { pictures: Judged[]; expected: Accuracy }

const near = (actual: number | null, wanted: number | null): boolean =>
  actual === null || wanted === null ? actual === wanted : Math.abs(actual - wanted) <= TOLERANCE

describe('accuracy', () => {
  it('has fixtures to be compared with', () => expect(fixtures.length).toBeGreaterThanOrEqual(8))

  it.each(fixtures)('is what pycocotools says: %s', name => {
    const { pictures, expected } = read(name)
    const actual = evaluate(pictures)
    for (const key of means) expect([key, actual[key], near(actual[key], expected[key])]).toContain(true)
    expect(actual.classes.map(({ classId, objects }) => [classId, objects])).toEqual(
      expected.classes.map(({ classId, objects }) => [classId, objects]),
    )
    actual.classes.forEach((own, i) => {
      const wanted = expected.classes[i]!
      expect([own, wanted, near(own.map50, wanted.map50) && near(own.map, wanted.map)]).toContain(true)
    })
  })
})

const side = fc.integer({ min: 1, max: 120 })
const place = fc.integer({ min: 0, max: 400 })
const box = fc.tuple(place, place, side, side).map(([x, y, w, h]) => [x, y, x + w, y + h] as const)
const classId = fc.integer({ min: 0, max: 3 })
const truth = fc
  .record({ classId, box, crowd: fc.boolean() })
  .map(found => ({ ...found, areaPx: (found.box[2] - found.box[0]) * (found.box[3] - found.box[1]) }))
const found = fc.record({ classId, box, score: fc.integer({ min: 0, max: 50 }).map(n => n / 50) })
const pictures = fc.array(
  fc.record({ truths: fc.array(truth, { maxLength: 6 }), found: fc.array(found, { maxLength: 10 }) }),
  { maxLength: 6 },
)

describe('of any labels and detections', () => {
  it('is between 0 and 1, and never better at a stricter overlap', () =>
    fc.assert(
      fc.property(pictures, all => {
        const accuracy = evaluate(all)
        for (const key of means) {
          const score = accuracy[key]
          if (score !== null) expect(score >= 0 && score <= 1 + 1e-12).toBe(true)
        }
        const toFind = all.some(({ truths }) => truths.some(({ crowd }) => !crowd))
        expect(accuracy.map50 !== null).toBe(toFind)
        if (toFind) expect(accuracy.map75!).toBeLessThanOrEqual(accuracy.map50! + 1e-12)
      }),
    ))

  it('is 1 for the labels themselves', () =>
    fc.assert(
      fc.property(pictures, all => {
        const perfect = all.map(({ truths }) => {
          const labels = truths.map(label => ({ ...label, crowd: false }))
          return { truths: labels, found: labels.map(label => ({ ...label, score: 0.9 })) }
        })
        const { map } = evaluate(perfect)
        if (map !== null) expect(map).toBeCloseTo(1, 9)
      }),
    ))

  it('does not change where detections come in another order, unless scores are equal', () =>
    fc.assert(
      fc.property(pictures, all => {
        const distinct = all.map(({ truths, found: items }, p) => ({
          truths,
          found: items.map((item, i) => ({ ...item, score: (p * 97 + i * 13 + 1) / 1000 })),
        }))
        const reversed = distinct.map(({ truths, found: items }) => ({ truths, found: [...items].reverse() }))
        expect(evaluate(reversed)).toEqual(evaluate(distinct))
      }),
    ))
})
