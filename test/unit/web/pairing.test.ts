/** A picture is shown with the detections of the very same frame, or not at all. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FrameName, Pairing } from '../../../publish/web/live/pairing.js'

const frame = (seq: number, epoch = 1, capturedAt = epoch * 1000 + seq, stream = 'gate'): FrameName => ({
  stream,
  epoch,
  seq,
  capturedAt,
})

describe('Pairing', () => {
  it('pairs whichever of the two arrives first', () => {
    const pairing = new Pairing('gate')
    expect(pairing.addPicture(frame(1))).toBeNull()
    expect(pairing.addDetections(frame(1))).toEqual({ picture: frame(1), detections: frame(1) })
    expect(pairing.addDetections(frame(2))).toBeNull()
    expect(pairing.addPicture(frame(2))).toEqual({ picture: frame(2), detections: frame(2) })
  })

  it.each([
    ['seq', frame(2)],
    ['epoch', frame(1, 2)],
    ['stream', frame(1, 1, 1001, 'yard')],
  ])('does not pair frames of another %s', (_, other) => {
    const pairing = new Pairing('gate')
    pairing.addPicture(frame(1))
    expect(pairing.addDetections(other)).toBeNull()
  })

  it('never goes back to an older frame of the session', () => {
    const pairing = new Pairing('gate')
    pairing.addPicture(frame(1))
    pairing.addPicture(frame(2))
    expect(pairing.addDetections(frame(2))).not.toBeNull()
    expect(pairing.addDetections(frame(1))).toBeNull()
  })

  it('follows a stream into its next session, where seq begins anew', () => {
    const pairing = new Pairing('gate')
    pairing.addPicture(frame(900, 1, 5000))
    pairing.addDetections(frame(900, 1, 5000))
    pairing.addPicture(frame(0, 2, 6000))
    expect(pairing.addDetections(frame(0, 2, 6000))).not.toBeNull()
    pairing.addPicture(frame(901, 1, 5040))
    expect(pairing.addDetections(frame(901, 1, 5040))).toBeNull()
  })

  it('forgets what finds no partner, oldest first', () => {
    const pairing = new Pairing('gate')
    for (let seq = 0; seq < 100; seq++) pairing.addPicture(frame(seq))
    expect(pairing.addDetections(frame(0))).toBeNull()
    expect(pairing.addDetections(frame(99))).not.toBeNull()
  })

  it('in any order of arrival, gives each frame at most once, whole, and in order', () => {
    const arrival = fc.record({ isPicture: fc.boolean(), seq: fc.nat(12), epoch: fc.constantFrom(1, 2) })
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 80 }), arrivals => {
        const pairing = new Pairing('gate')
        const shown = arrivals.flatMap(({ isPicture, seq, epoch }) => {
          const name = frame(seq, epoch)
          return (isPicture ? pairing.addPicture(name) : pairing.addDetections(name)) ?? []
        })
        for (const pair of shown) expect(pair.picture).toEqual(pair.detections)
        const times = shown.map(pair => pair.picture.capturedAt)
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
      }),
    )
  })
})
