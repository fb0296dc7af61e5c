/** Boxes back to the source frame, and candidates to detections. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detectionsOf } from '../../../../infer/postprocess/detections.js'
import { toSourceBox } from '../../../../infer/postprocess/source-box.js'
import { fitOf } from '../../../../shared/frame/letterbox.js'
import type { Letterbox } from '../../../../shared/slab/info.js'

const letterbox = fc.record<Letterbox>({
  anchor: fc.constantFrom('top_left', 'center', 'stretch'),
  padValue: fc.constant(114),
})
const side = fc.integer({ min: 1, max: 20 }).map(n => n * 32)
const source = fc.record({
  widthPx: fc.integer({ min: 16, max: 4096 }),
  heightPx: fc.integer({ min: 16, max: 4096 }),
})

describe('fitOf', () => {
  it('is even, inside the input, and touches two of its sides', () => {
    fc.assert(
      fc.property(letterbox, side, side, source, (box, width, height, { widthPx, heightPx }) => {
        const fit = fitOf(box, width, height, widthPx, heightPx)
        for (const px of Object.values(fit)) expect(px % 2).toBe(0)
        expect(fit.scaledWidthPx).toBeGreaterThanOrEqual(2)
        expect(fit.offsetXPx + fit.scaledWidthPx).toBeLessThanOrEqual(width)
        expect(fit.offsetYPx + fit.scaledHeightPx).toBeLessThanOrEqual(height)
        expect(fit.scaledWidthPx === width || fit.scaledHeightPx === height).toBe(true)
      }),
    )
  })

  it('keeps the shape of the source, to the nearest even pixel', () => {
    fc.assert(
      fc.property(side, side, source, (width, height, { widthPx, heightPx }) => {
        const fit = fitOf({ anchor: 'center', padValue: 114 }, width, height, widthPx, heightPx)
        const scale = Math.min(width / widthPx, height / heightPx)
        expect(Math.abs(fit.scaledWidthPx - Math.max(2, widthPx * scale))).toBeLessThanOrEqual(1 + 1e-9)
        expect(Math.abs(fit.scaledHeightPx - Math.max(2, heightPx * scale))).toBeLessThanOrEqual(1 + 1e-9)
        expect(Math.abs(width - fit.scaledWidthPx - 2 * fit.offsetXPx)).toBeLessThanOrEqual(2)
        expect(Math.abs(height - fit.scaledHeightPx - 2 * fit.offsetYPx)).toBeLessThanOrEqual(2)
      }),
    )
  })

  it.each([
    ['top_left', [416, 416, 1920, 1080], [416, 234, 0, 0]],
    ['center', [640, 640, 1920, 1080], [640, 360, 0, 140]],
    ['center', [320, 320, 480, 640], [240, 320, 40, 0]],
    ['center', [416, 416, 768, 432], [416, 234, 0, 90]],
    ['stretch', [416, 320, 1920, 1080], [416, 320, 0, 0]],
  ] as const)('%s %j is %j', (anchor, [width, height, ofWidth, ofHeight], expected) => {
    const fit = fitOf({ anchor, padValue: 114 }, width, height, ofWidth, ofHeight)
    expect([fit.scaledWidthPx, fit.scaledHeightPx, fit.offsetXPx, fit.offsetYPx]).toEqual(expected)
  })
})

describe('toSourceBox', () => {
  it('undoes the letterbox: any box of the source comes back', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(letterbox, side, side, source, share, share, (box, width, height, size, shareX, shareY) => {
        const fit = fitOf(box, width, height, size.widthPx, size.heightPx)
        const [x, y] = [size.widthPx * shareX, size.heightPx * shareY]
        const inputX = fit.offsetXPx + (x * fit.scaledWidthPx) / size.widthPx
        const inputY = fit.offsetYPx + (y * fit.scaledHeightPx) / size.heightPx
        const [x1, y1, x2, y2] = toSourceBox([inputX, inputY, inputX, inputY], fit, size)
        for (const [back, was] of [
          [x1, x],
          [x2, x],
          [y1, y],
          [y2, y],
        ] as const)
          expect(back).toBeCloseTo(was, 6)
      }),
    )
  })

  it('stays inside the frame', () => {
    const wild = fc.double({ min: -1e4, max: 1e4, noNaN: true })
    fc.assert(
      fc.property(letterbox, source, fc.tuple(wild, wild, wild, wild), (box, size, corners) => {
        const fit = fitOf(box, 416, 416, size.widthPx, size.heightPx)
        toSourceBox(corners, fit, size).forEach((px, i) => {
          expect(px).toBeGreaterThanOrEqual(0)
          expect(px).toBeLessThanOrEqual(i % 2 ? size.heightPx : size.widthPx)
        })
      }),
    )
  })
})

describe('detectionsOf', () => {
  const model = {
    name: 'm',
    widthPx: 416,
    heightPx: 416,
    letterbox: { anchor: 'top_left', padValue: 114 },
    classes: ['person', 'car'],
    maxCandidates: 3,
  } as const
  const frame = { stream: 'gate', epoch: 7, seq: 42, source: { widthPx: 1920, heightPx: 1080 } }
  const settings = { minScore: 0.3, maxIou: 0.5 }
  const good = [10, 20, 110.015, 220, 0.912345, 1]
  const below = [0, 0, 1, 1, 0.1, 0]
  const of = (rows: number[][], index = 0) =>
    detectionsOf(
      Float32Array.from(rows.flat()),
      index,
      frame,
      { ...model, classes: [...model.classes] },
      settings,
    )

  it('gives names, ids, rounded scores and boxes in source pixels', () => {
    const other = [200, 100, 300, 200, 0.5, 0]
    expect(of([good, other, below])).toEqual([
      { id: 'gate-7-42-0', classId: 1, class: 'car', score: 0.9123, box: [46.2, 92.3, 507.8, 1015.4] },
      { id: 'gate-7-42-1', classId: 0, class: 'person', score: 0.5, box: [923.1, 461.5, 1384.6, 923.1] },
    ])
  })

  it('reads the frame of its index alone', () => {
    const batch = [good, good, good, below, below, below, good, below, below]
    expect([0, 1, 2].map(index => of(batch, index).length)).toEqual([1, 0, 1])
  })

  it('leaves out what lies in the padding alone', () => {
    expect(of([[10, 300, 60, 400, 0.9, 0], below, below])).toEqual([])
  })

  it.each([
    ['a corner that is no number', [Number.NaN, 0, 9, 9, 0.9, 0]],
    ['an endless corner', [0, 0, Number.POSITIVE_INFINITY, 9, 0.9, 0]],
    ['a box inside out', [9, 9, 0, 0, 0.9, 0]],
    ['a score that is no number', [0, 0, 9, 9, Number.NaN, 0]],
    ['a score over 1', [0, 0, 9, 9, 1.5, 0]],
    ['a class that the model does not have', [0, 0, 9, 9, 0.9, 2]],
    ['half a class', [0, 0, 9, 9, 0.9, 0.5]],
    ['a class below 0', [0, 0, 9, 9, 0.9, -1]],
    ['a class that is no number', [0, 0, 9, 9, 0.9, Number.NaN]],
    ['a box of negative width alone', [9, 0, 0, 9, 0.9, 0]],
    ['a box of negative height alone', [0, 9, 9, 0, 0.9, 0]],
    ['an endless score', [0, 0, 9, 9, Number.POSITIVE_INFINITY, 0]],
  ])('refuses %s', (_, row) => {
    expect(() => of([row, below, below])).toThrowError(
      expect.objectContaining({ code: 'engine_failed', key: 'model.name' }),
    )
  })

  it.each([
    ['that suppression would hide', [good, [11, 20, 110, 220, 7, 1], below]],
    [
      'of a class that suppression would hide',
      [good, [10, 20, 110, 220, 0.91, 1], [10, 20, 110, 220, 0.9, 2]],
    ],
    ['whose score is no number, behind those that count', [good, below, [0, 0, 9, 9, Number.NaN, 0]]],
    ['that counts, behind one that does not', [below, below, good]],
  ])('refuses a frame for a candidate %s', (_, rows) => {
    expect(() => of(rows)).toThrowError(expect.objectContaining({ code: 'engine_failed' }))
  })

  it('looks at no other frame of the batch', () => {
    const broken = [Number.NaN, 0, 9, 9, Number.NaN, 0]
    expect(of([broken, broken, broken, good, below, below], 1)).toHaveLength(1)
  })

  it('gives boxes inside the frame, or none at all, whatever an engine writes', () => {
    const value = fc.oneof(
      fc.float(),
      fc.constantFrom(0, 1, 0.9, 1e-45, 3.4e38, -3.4e38, Number.NaN, Number.NEGATIVE_INFINITY),
    )
    const rows = fc.array(fc.array(value, { minLength: 6, maxLength: 6 }), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(rows, given => {
        let found: ReturnType<typeof of>
        try {
          found = of(given)
        } catch (error) {
          expect(error).toMatchObject({ code: 'engine_failed' })
          return
        }
        for (const { box, score, classId } of found) {
          const [x1, y1, x2, y2] = box
          expect(0 <= x1 && x1 <= x2 && x2 <= 1920 && 0 <= y1 && y1 <= y2 && y2 <= 1080).toBe(true)
          expect(score >= 0.3 && score <= 1).toBe(true)
          expect([0, 1]).toContain(classId)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
