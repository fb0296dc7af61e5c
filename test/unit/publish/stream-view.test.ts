/** Desired and actual state merged: which of the two is believed, and when. */
import { describe, expect, it } from 'vitest'
import { streamView } from '../../../publish/api/stream-view.js'
import type { HostedModelReport } from '../../../shared/process/report.js'
import type { DesiredStream, IngestReport } from '../../../shared/stream/stream.js'
import { quietInfer, quietIngest } from '../../tools/stage-reports.js'

const now = 1_000_000
const desired: DesiredStream = {
  id: 'gate',
  sealedUrl: 'sealed',
  shownUrl: 'rtsp://h/x',
  model: null,
  fps: null,
  priority: 5,
  enabled: true,
  ring: { row: 0, slots: [0, 1, 2, 3] },
  revision: 1,
  createdAtMs: now - 90_000,
  updatedAtMs: now - 60_000,
}
const live: IngestReport = {
  ...quietIngest,
  state: 'live',
  sinceMs: now - 30_000,
  receivedFps: 25,
  atMs: now - 500,
}
const paused: IngestReport = {
  ...live,
  state: 'paused',
  reason: { code: 'paused_by_operator', text: 'Paused.' },
  receivedFps: 0,
}

const refused = { code: 'model_no_room' as const, text: 'The model big takes too much.' }
const models = new Map<string | null, Pick<HostedModelReport, 'state' | 'reason'>>([
  [null, { state: 'loaded', reason: null }],
  ['small', { state: 'loaded', reason: null }],
  ['big', { state: 'failed', reason: refused }],
])

function stateOf(change: Partial<DesiredStream>, ingest: IngestReport | null, ingestAlive = true) {
  const view = streamView(
    { ...desired, ...change },
    { ingest, infer: null },
    { nowMs: now, ingestAlive, models },
  )
  return [view.state, view.reason?.code ?? null, view.since, view.receivedFps]
}

describe('streamView', () => {
  it('is connecting before the first report', () => {
    expect(stateOf({}, null)).toEqual(['connecting', null, now - 60_000, 0])
  })
  it('is what ingest reports', () => {
    expect(stateOf({}, live)).toEqual(['live', null, now - 30_000, 25])
  })
  it('is connecting where a fresh ingest has not come to it yet', () => {
    expect(stateOf({}, { ...live, atMs: now - 6000 })).toEqual(['connecting', null, now - 6000, 0])
  })
  it('is connecting where it was resumed after the last report', () => {
    expect(stateOf({ updatedAtMs: now - 100 }, paused)).toEqual(['connecting', null, now - 100, 0])
  })
  it('is closed while no ingest runs', () => {
    expect(stateOf({}, live, false)).toEqual(['closed', 'ingest_down', now - 500, 0])
    expect(stateOf({}, null, false)).toEqual(['closed', 'ingest_down', now - 60_000, 0])
  })
  it('is paused where the operator says so, whatever ingest says or whether it runs', () => {
    expect(stateOf({ enabled: false }, live)).toEqual(['paused', 'paused_by_operator', now - 60_000, 25])
    expect(stateOf({ enabled: false }, paused)).toEqual(['paused', 'paused_by_operator', now - 30_000, 0])
    expect(stateOf({ enabled: false }, null, false)).toEqual([
      'paused',
      'paused_by_operator',
      now - 60_000,
      0,
    ])
  })
  it('says why its model is not served, live with another or waiting for it, but what ails the camera comes first', () => {
    const waiting: IngestReport = {
      ...live,
      state: 'connecting',
      reason: { code: 'waiting_for_slab', text: 'Waiting.' },
    }
    const away: IngestReport = { ...live, state: 'stalled', reason: { code: 'frame_gap', text: 'Silent.' } }
    expect(stateOf({ model: 'big' }, live)).toEqual(['live', 'model_no_room', now - 30_000, 25])
    expect(stateOf({ model: 'big' }, waiting).slice(0, 2)).toEqual(['connecting', 'model_no_room'])
    expect(stateOf({ model: 'big' }, away).slice(0, 2)).toEqual(['stalled', 'frame_gap'])
    expect(stateOf({ model: 'small' }, live).slice(0, 2)).toEqual(['live', null])
    expect(stateOf({ model: 'small' }, waiting).slice(0, 2)).toEqual(['connecting', 'waiting_for_slab'])
  })
  it('never shows credentials in a reason', () => {
    const text = 'rtsp://admin:hunter2@h/x refused'
    const failed: IngestReport = { ...live, state: 'failed', reason: { code: 'unauthorized', text } }
    const view = streamView(
      desired,
      { ingest: failed, infer: null },
      { nowMs: now, ingestAlive: true, models },
    )
    expect(view.reason?.text).toBe('rtsp://h/x refused')
  })
  it('keeps counts but not rates of an infer that went silent', () => {
    const balance = { ...quietInfer.balance, received: 9, inferred: 9 }
    const infer = { ...quietInfer, balance, inferredFps: 20, lagP50Ms: 10, atMs: now - 6000 }
    const view = streamView(desired, { ingest: live, infer }, { nowMs: now, ingestAlive: true, models })
    expect([view.frames.inferred, view.inferredFps, view.lagP50Ms]).toEqual([9, 0, null])
  })
})
