/** The pure parts of the live view: reading pictures, filters, the log of sightings, timing, back-off. */
import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../../publish/web/live/backoff.js'
import { classColour } from '../../../publish/web/live/colour.js'
import { applyFilter, countByClass, everything, toggleClass } from '../../../publish/web/live/filter.js'
import { decodePicture } from '../../../publish/web/live/picture.js'
import { addSightings, type Sighting } from '../../../publish/web/live/sightings.js'
import { timingParts } from '../../../publish/web/words/timing.js'
import {
  type Detection,
  type DetectionsMessage,
  encodePicture,
  type PictureHeader,
} from '../../../shared/detection/message.js'

const detection = (name: string, score: number, classId = 0): Detection => ({
  id: `${name}-${score}`,
  classId,
  class: name,
  score,
  box: [0, 0, 10, 10],
})

const message = (capturedAt: number, detections: Detection[]): DetectionsMessage => ({
  type: 'detections',
  v: 1,
  stream: 'gate',
  epoch: 1,
  seq: 1,
  capturedAt,
  frame: { width: 100, height: 100 },
  model: 'm',
  detections,
  timing: { decodeMs: 4, queueMs: 1, batchMs: 1, inferMs: 6, postMs: 1, totalMs: 10 },
})

describe('decodePicture', () => {
  const header: PictureHeader = {
    type: 'picture',
    v: 1,
    stream: 'gate',
    epoch: 3,
    seq: 7,
    capturedAt: 5,
    frame: { width: 64, height: 48 },
    mime: 'image/jpeg',
  }
  const toArrayBuffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

  it('reads back what the server writes', async () => {
    const picture = decodePicture(toArrayBuffer(encodePicture(header, Uint8Array.of(1, 2, 3))))
    expect(picture.header).toEqual(header)
    expect(picture.jpeg.type).toBe('image/jpeg')
    expect(new Uint8Array(await picture.jpeg.arrayBuffer())).toEqual(Uint8Array.of(1, 2, 3))
  })
  it('refuses bytes that are none', () => {
    expect(() => decodePicture(new ArrayBuffer(2))).toThrow(/no header/)
    expect(() => decodePicture(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1).buffer)).toThrow(/does not fit/)
  })
})

describe('filter', () => {
  const all = [detection('person', 0.9), detection('car', 0.4, 2), detection('person', 0.5)]
  it('hides by class and by score, and shows everything at first', () => {
    expect(applyFilter(all, everything)).toEqual(all)
    expect(applyFilter(all, { ...everything, minScore: 0.5 })).toHaveLength(2)
    const noPeople = toggleClass(everything, 'person')
    expect(applyFilter(all, noPeople).map(each => each.class)).toEqual(['car'])
    expect(applyFilter(all, toggleClass(noPeople, 'person'))).toEqual(all)
  })
  it('counts by class, most frequent first', () => {
    expect(countByClass(all)).toEqual([
      ['person', 2],
      ['car', 1],
    ])
  })
})

describe('classColour', () => {
  it('is the same each time and differs between neighbours', () => {
    expect(classColour(3)).toEqual(classColour(3))
    const lines = Array.from({ length: 12 }, (_, id) => classColour(id).line)
    expect(new Set(lines).size).toBe(12)
  })
})

describe('addSightings', () => {
  it('keeps one line a class and second: most objects at once, best score', () => {
    let log: readonly Sighting[] = []
    log = addSightings(log, message(1000, [detection('person', 0.6), detection('person', 0.7)]))
    log = addSightings(log, message(1500, [detection('person', 0.9)]))
    log = addSightings(log, message(2100, [detection('car', 0.5, 2)]))
    expect(log).toEqual([
      { secondMs: 2000, class: 'car', classId: 2, count: 1, bestScore: 0.5 },
      { secondMs: 1000, class: 'person', classId: 0, count: 2, bestScore: 0.9 },
    ])
  })
  it('is bounded', () => {
    let log: readonly Sighting[] = []
    for (let second = 0; second < 200; second++)
      log = addSightings(log, message(second * 1000, [detection('car', 0.5)]))
    expect(log).toHaveLength(60)
    expect(log[0]?.secondMs).toBe(199_000)
  })
})

describe('timingParts', () => {
  it('leaves nothing of the total unnamed', () => {
    const parts = timingParts(message(0, []).timing)
    expect(parts.map(part => part.name)).toEqual(['Decode', 'Queue', 'Batch', 'Infer', 'Post', 'Other'])
    expect(parts.at(-1)?.ms).toBe(1)
    expect(parts.reduce((sum, part) => sum + part.share, 0)).toBeCloseTo(1)
  })
  it('divides nothing by nothing', () => {
    const none = { decodeMs: 0, queueMs: 0, batchMs: 0, inferMs: 0, postMs: 0, totalMs: 0 }
    expect(timingParts(none).every(part => part.share === 0)).toBe(true)
  })
})

describe('backoffMs', () => {
  it('grows with each attempt up to a cap, and is never immediate', () => {
    expect(backoffMs(0, 0)).toBe(200)
    expect(backoffMs(0, 1)).toBe(500)
    expect(backoffMs(3, 1)).toBe(4000)
    expect(backoffMs(50, 1)).toBe(15_000)
  })
})
