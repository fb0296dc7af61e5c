/** When a stream counts as read behind its camera: by how its packets come, whatever its clock says. */
import { describe, expect, it } from 'vitest'
import { Backlog } from '../../../../ingest/decoder/av/backlog.js'

const FPS = 25

/**
 * Frames of a camera, each read when `readAtMs` says.
 * @returns which of them are stale.
 */
function staleOf(count: number, readAtMs: (n: number) => number, ptsS = (n: number): number => n / FPS) {
  const backlog = new Backlog()
  return Array.from({ length: count }, (_, n) => {
    backlog.packet(ptsS(n), readAtMs(n))
    return backlog.isStale(readAtMs(n))
  })
}

const share = (stale: boolean[]): number => stale.filter(Boolean).length / stale.length
/** The same numbers each run: 0 … 1. */
const noise = (n: number): number => Math.abs(Math.sin(n * 12.9898) * 43_758.5453) % 1
const filmed = (n: number): number => (n * 1000) / FPS

describe('a backlog', () => {
  it('is none where frames come as they are filmed, with the jitter of a network', () => {
    expect(share(staleOf(1000, n => 7000 + filmed(n) + noise(n) * 60))).toBe(0)
  })

  it('is none where a camera sends in bursts of its own', () => {
    expect(share(staleOf(1000, n => 7000 + Math.ceil(filmed(n) / 400) * 400))).toBe(0)
  })

  it('is none where the camera’s clock runs a little fast or slow', () => {
    for (const drift of [0.999, 1.001]) expect(share(staleOf(2000, n => filmed(n) * drift))).toBe(0)
  })

  it('is what is read faster than filmed: after a second, but for two frames a second', () => {
    const twiceAsFast = staleOf(250, n => filmed(n) / 2)
    expect(share(twiceAsFast.slice(0, 50))).toBe(0)
    expect(share(twiceAsFast.slice(60))).toBeGreaterThan(0.95)
    expect(twiceAsFast.slice(60).filter(stale => !stale).length).toBeGreaterThanOrEqual(7)
  })

  it('ends within three seconds of the camera having been caught up with', () => {
    const caughtUpAfter = 100
    const readAt = (n: number): number => filmed(n) / 2 + Math.max(0, filmed(n - caughtUpAfter) / 2)
    expect(share(staleOf(400, readAt).slice(caughtUpAfter + 3 * FPS))).toBe(0)
  })

  it('is there at once where something held the stream up', () => {
    const heldUp = staleOf(60, n => (n < 50 ? filmed(n) : 4000 + (n - 50)))
    expect(share(heldUp.slice(0, 50))).toBe(0)
    expect(share(heldUp.slice(51))).toBe(1)
  })

  it('is forgotten where presentation times jump, within three seconds', () => {
    for (const jumpS of [-30, 30]) {
      const stale = staleOf(200, filmed, n => n / FPS + (n >= 100 ? jumpS : 0))
      expect(share(stale.slice(100 + 3 * FPS))).toBe(0)
    }
  })

  it('is not known of frames without a time', () => {
    const backlog = new Backlog()
    backlog.packet(null, 0)
    expect(backlog.isStale(0)).toBe(false)
  })
})
