/** Two snapshots compared: growth by owner, and the likely cause of each kind of growth in a sentence. */
import { describe, expect, it } from 'vitest'
import type { Allocation, AllocationReport, MemorySnapshot } from '../../../../shared/memory/allocation.js'
import { diffSnapshots } from '../../../../shared/memory/diff.js'
import type { Stage } from '../../../../shared/process/report.js'

const MIB = 2 ** 20

const of = (
  kind: Allocation['kind'],
  owner: string,
  mib: number,
  more: Partial<Allocation> = {},
): Allocation => ({
  kind,
  owner,
  where: 'host',
  count: 1,
  bytes: mib * MIB,
  exact: true,
  ...more,
})
const report = (stage: Stage, allocations: Allocation[], instance = `${stage}-1`): AllocationReport => ({
  stage,
  instance,
  pid: 1,
  atMs: 0,
  allocations,
})
const snapshot = (
  atMs: number,
  processes: AllocationReport[],
  ran: Partial<Pick<MemorySnapshot, 'streams' | 'models'>> = {},
): MemorySnapshot => ({
  v: 1,
  id: `20261121T14300${atMs}Z-000000`,
  atMs,
  why: 'operator',
  processes,
  streams: ['gate'],
  models: ['yolov8n'],
  ...ran,
})

const ingest = (decoderMib: number) =>
  report('ingest', [of('decoder', 'stream gate', decoderMib), of('heap', 'process', 40)])
const infer = (arenaMib: number, weights: Partial<Allocation> = {}) =>
  report('infer', [
    of('weights', 'model yolov8n', 12, { where: 'device', ...weights }),
    of('arena', 'model yolov8n', arenaMib, { where: 'device' }),
  ])
const publish = (heapMib: number) => report('publish', [of('heap', 'process', heapMib)])

const before = snapshot(1, [ingest(40), infer(200), publish(50)])
const cause = (...processes: AllocationReport[]) => diffSnapshots(before, snapshot(2, processes)).causes[0]

describe('a diff', () => {
  it('groups by owner, the greatest growth first, whichever snapshot is named first', () => {
    const after = snapshot(2, [ingest(95), infer(190), publish(52)])
    const diff = diffSnapshots(after, before)
    expect(diff.from.id).toBe(before.id)
    expect(diff.owners.map(({ name, bytes }) => [name, bytes / MIB])).toEqual([
      ['decoder of stream gate (ingest)', 55],
      ['JavaScript heap of process (publish)', 2],
      ['arena of model yolov8n (infer, device)', -10],
    ])
    expect(diff.bytes).toBe(47 * MIB)
    expect(diff).toEqual(diffSnapshots(before, after))
  })

  it('adds the processes of a stage, and tells where figures were worked out', () => {
    const two = [
      report('publish', [of('heap', 'process', 30)], 'a'),
      report('publish', [of('heap', 'process', 31, { exact: false })], 'b'),
    ]
    const diff = diffSnapshots(snapshot(1, [publish(50)]), snapshot(2, two))
    expect(diff.owners).toMatchObject([
      { bytesBefore: 50 * MIB, bytesAfter: 61 * MIB, countAfter: 2, exact: false },
    ])
    expect(diff.restarted).toEqual(['publish'])
  })

  it('of a snapshot and itself says that nothing grew', () => {
    expect(diffSnapshots(before, before)).toMatchObject({ owners: [], bytes: 0 })
    expect(diffSnapshots(before, before).causes[0]).toMatch(/^Nothing grew by more than 4.0 MiB/)
  })
})

describe('the likely cause', () => {
  it('of a decoder that grows is the decoder of that stream', () => {
    expect(cause(ingest(95), infer(200), publish(52))).toMatch(
      /^Growth of its own: the decoder of stream gate \(ingest\) went from 40 MiB to 95 MiB \(\+55 MiB\): the decoder .* FFmpeg/,
    )
  })

  it('of a heap that grows in publish is objects that are kept', () => {
    expect(cause(ingest(40), infer(200), publish(150))).toMatch(
      /JavaScript heap of process \(publish\).*objects are kept/,
    )
  })

  it('of an arena that grows is what the engine allocates after warm-up', () => {
    expect(cause(ingest(40), infer(500), publish(50))).toMatch(
      /arena of model yolov8n \(infer, device\).*after warm-up/,
    )
  })

  it('of weights twice is a model that is loaded twice', () => {
    expect(cause(ingest(40), infer(200, { count: 2, bytes: 24 * MIB }), publish(50))).toMatch(
      /^Held twice: the weights of model yolov8n are held 2 times instead of 1 \(\+12 MiB\)/,
    )
    const second = { ...infer(10), instance: 'infer-2' }
    const twoProcesses = diffSnapshots(before, snapshot(2, [ingest(40), infer(200), second, publish(50)]))
    expect(twoProcesses.causes.join()).toContain('in 2 processes')
  })

  it('of growth without an owner that is as much as a model takes may be that model twice', () => {
    const grown = (mib: number) =>
      report('infer', [...infer(200).allocations, of('context', 'process', mib, { where: 'device' })])
    const first = snapshot(1, [ingest(40), grown(300), publish(50)])
    const causeOf = (mib: number) =>
      diffSnapshots(first, snapshot(2, [ingest(40), grown(300 + mib), publish(50)])).causes[0]
    expect(causeOf(205)).toMatch(
      /context of process.* about what model yolov8n takes, which may be loaded twice/,
    )
    expect(causeOf(100)).not.toContain('twice')
  })

  it('of what came with a stream is the stream, and of what came with a model the model', () => {
    const more = report('ingest', [
      ...ingest(41).allocations,
      of('decoder', 'stream yard', 60),
      of('ring', 'stream yard', 5),
    ])
    const after = snapshot(2, [more, infer(200), publish(52)], { streams: ['gate', 'yard'] })
    expect(diffSnapshots(before, after).causes).toEqual([
      'Stream added: yard was not there before, and takes +65 MiB (decoder 60 MiB, ring 5.0 MiB).',
    ])
    const two = report('infer', [
      ...infer(200).allocations,
      of('weights', 'model yolov8s', 45),
      of('buffers', 'bucket 16 of yolov8s', 20),
    ])
    const loaded = snapshot(2, [ingest(40), two, publish(50)], { models: ['yolov8n', 'yolov8s'] })
    expect(diffSnapshots(before, loaded).causes[0]).toMatch(/^Model loaded: yolov8s .* \+65 MiB/)
  })

  it('of growth beside what was added says so', () => {
    const after = snapshot(2, [ingest(40), infer(200), publish(99)], { streams: ['gate', 'yard'] })
    expect(diffSnapshots(before, after).causes[0]).toMatch(/^Growth beside what was added \(yard\)/)
  })

  it('of a process that was restarted is the restart, not a leak', () => {
    const fresh = report('publish', [of('heap', 'process', 90)], 'publish-2')
    expect(cause(ingest(40), infer(200), fresh)).toMatch(
      /^Restarted: the processes of publish are others .* \+40 MiB/,
    )
  })

  it('of a stage that said nothing before is its start', () => {
    const first = snapshot(1, [ingest(40), infer(200)])
    const after = snapshot(2, [ingest(40), infer(200), publish(80)])
    expect(diffSnapshots(first, after).causes).toEqual([
      'Started: no process of publish told what it holds before; now they hold +80 MiB.',
    ])
  })

  it('of an arena that is what a process keeps free is the allocator, and of a model’s the engine', () => {
    const free = (mib: number) => report('infer', [...infer(200).allocations, of('arena', 'process', mib)])
    const diff = diffSnapshots(snapshot(1, [free(10)]), snapshot(2, [free(90)]))
    expect(diff.causes[0]).toMatch(/arena of process \(infer\).*allocator keeps what was freed/)
  })

  it('names three at most, the one that explains most first', () => {
    const causes = diffSnapshots(
      before,
      snapshot(2, [
        report('ingest', [
          of('decoder', 'stream gate', 60),
          of('heap', 'process', 90),
          of('external', 'process', 10),
        ]),
        infer(500),
        publish(80),
      ]),
    ).causes
    expect(causes).toHaveLength(3)
    expect(causes[0]).toContain('arena of model yolov8n')
    expect(causes[1]).toContain('JavaScript heap of process (ingest)')
  })
})

describe('decoders that share a process', () => {
  const decoders = (mibEach: number, ...streams: string[]) =>
    report(
      'ingest',
      streams.map(id => of('decoder', `stream ${id}`, mibEach, { exact: false })),
    )
  const streams = ['gate', 'hall', 'yard']
  const three = snapshot(1, [decoders(10, ...streams)], { streams })

  it('are not blamed for what is divided by fewer, once one of them ended', () => {
    const after = snapshot(2, [decoders(16, 'gate', 'hall')], { streams: ['gate', 'hall'] })
    const { causes } = diffSnapshots(three, after)
    expect(causes).toHaveLength(1)
    expect(causes[0]).not.toContain('keeps')
  })

  it('are told together where they grew all the same', () => {
    const after = snapshot(2, [decoders(30, 'gate', 'hall')], { streams: ['gate', 'hall'] })
    expect(diffSnapshots(three, after).causes).toEqual([
      'The decoders together hold +30 MiB; yard ended, and what they shared is divided among those that are left.',
    ])
  })
})
