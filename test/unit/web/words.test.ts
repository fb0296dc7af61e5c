/** What the dashboard writes for people: numbers, states, drops, hints, routes. */
import { describe, expect, it } from 'vitest'
import { changedWishes, emptyDraft, hintsFor, wishesOf } from '../../../publish/web/camera/hints.js'
import { columnsOf } from '../../../publish/web/memory/series.js'
import { formatRoute, parseRoute } from '../../../publish/web/shell/route.js'
import { History } from '../../../publish/web/store/history.js'
import { degradedTo, settingValue } from '../../../publish/web/words/budget.js'
import { dropsByReason, dropTotal, dropWords } from '../../../publish/web/words/drops.js'
import {
  formatBytes,
  formatDuration,
  formatFps,
  formatMs,
  plural,
} from '../../../publish/web/words/format.js'
import { bindingOf, utilisationOf } from '../../../publish/web/words/resource.js'
import { describeSource } from '../../../publish/web/words/source.js'
import { adviceFor, isProblem, stateWords, summarise, toneOf } from '../../../publish/web/words/state.js'
import { noAmounts } from '../../../shared/budget/resources.js'
import { dropReasons, type FrameBalance } from '../../../shared/frame/balance.js'
import { streamStates } from '../../../shared/stream/stream.js'
import { memorySample } from '../../tools/memory-samples.js'

describe('format', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [259_584, '254 KiB'],
    [3.5 * 2 ** 30, '3.5 GiB'],
  ])('%d bytes is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
  it.each([
    [-500, '0 s'],
    [12_300, '12 s'],
    [61_000, '1 min'],
    [3_600_000, '1 h'],
    [9_000_000, '2 h 30 min'],
    [86_400_000 * 3, '3 d'],
  ])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text))
  it('shows a dash for what is not known', () => {
    expect([formatFps(null), formatMs(null)]).toEqual(['–', '–'])
    expect([formatFps(24.94), formatMs(8.44), formatMs(34.4), formatMs(12_400)]).toEqual([
      '24.9',
      '8.4 ms',
      '34 ms',
      '12 s',
    ])
  })
  it('counts in the singular and the plural', () => {
    expect([plural(1, 'stream'), plural(0, 'stream')]).toEqual(['1 stream', '0 streams'])
    expect([plural(1, 'class', 'classes'), plural(80, 'class', 'classes')]).toEqual(['1 class', '80 classes'])
  })
  it('names codecs as people know them', () => {
    const source = { widthPx: 1920, heightPx: 1080, codec: 'hevc', fps: 29.97 }
    expect(describeSource(source)).toBe('1920 × 1080 · H.265 · 30 fps')
    expect(describeSource({ ...source, codec: 'cinepak', fps: null })).toBe('1920 × 1080 · cinepak')
  })
})

describe('state', () => {
  it('has words for every state, and calls the bad ones problems', () => {
    expect(Object.keys(stateWords).sort()).toEqual([...streamStates].sort())
    const bad = streamStates.filter(state => isProblem({ state, reason: null }))
    expect(bad).toEqual(['stalled', 'backing_off', 'failed'])
  })
  it('takes a stream that stands still because ingest is gone for a problem', () => {
    const reason = { code: 'ingest_down', text: 'No ingest process runs.' } as const
    expect(toneOf({ state: 'closed', reason })).toBe('bad')
    expect(toneOf({ state: 'closed', reason: null })).toBe('idle')
  })
  it('takes a live stream for a problem where its model could not be loaded, and a paused one not', () => {
    const reason = { code: 'model_no_room', text: 'No room.' } as const
    expect(isProblem({ state: 'live', reason })).toBe(true)
    expect(isProblem({ state: 'connecting', reason })).toBe(true)
    expect(isProblem({ state: 'paused', reason })).toBe(false)
    expect(isProblem({ state: 'live', reason: null })).toBe(false)
    expect(
      summarise([
        { state: 'live', reason },
        { state: 'live', reason: null },
      ]),
    ).toBe('2 streams: 1 live, 1 in trouble')
    expect(adviceFor('model_no_room')).toMatch(/smaller model.*model\.memoryBytes/)
    expect(adviceFor('model_unavailable')).toMatch(/another model/)
  })
})

describe('drops', () => {
  const drops = Object.fromEntries(dropReasons.map(reason => [reason, 0])) as FrameBalance['drops']
  const balance: FrameBalance = {
    received: 20,
    inferred: 10,
    drops: { ...drops, stale_ref: 3, ring_overwrite: 6 },
    inFlight: 1,
    residual: 0,
  }
  it('names every reason', () => expect(Object.keys(dropWords).sort()).toEqual([...dropReasons].sort()))
  it('adds up, and lists the reasons that count, most first', () => {
    expect(dropTotal(balance)).toBe(9)
    expect(dropsByReason(balance)).toEqual([
      ['ring_overwrite', 6],
      ['stale_ref', 3],
    ])
  })
})

describe('hintsFor', () => {
  const good = { ...emptyDraft, id: 'gate', url: 'rtsp://user:p/ss@192.0.2.1:554/s' }
  it('has nothing to say about a good draft', () => {
    expect(hintsFor(good)).toEqual({})
    expect(hintsFor({ ...good, url: 'rtsps://cam.local/', fps: '7.5', priority: '9' })).toEqual({})
  })
  it.each([
    ['id', { id: '' }],
    ['id', { id: 'Front Gate' }],
    ['url', { url: '' }],
    ['url', { url: 'http://cam/' }],
    ['url', { url: 'rtsp:///stream' }],
    ['fps', { fps: '0' }],
    ['fps', { fps: 'ten' }],
    ['priority', { priority: '10' }],
    ['priority', { priority: '' }],
    ['ringSlots', { ringSlots: '1' }],
    ['ringSlots', { ringSlots: '4.5' }],
  ])('names the field %s in %o', (field, change) => {
    expect(Object.keys(hintsFor({ ...good, ...change }))).toEqual([field])
  })
})

describe('wishes', () => {
  const draft = { ...emptyDraft, id: 'gate', model: 'yolox-nano@int8', fps: '7.5', priority: '9' }
  it('takes an empty model for the default, an empty cap for none, and an empty ring for that of the settings', () => {
    const none = { fallbackModel: null }
    expect(wishesOf(draft)).toEqual({ model: 'yolox-nano@int8', fps: 7.5, priority: 9, ...none })
    expect(wishesOf({ ...draft, model: '', fps: '' })).toEqual({
      model: null,
      fps: null,
      priority: 9,
      ...none,
    })
    expect(wishesOf({ ...draft, fallbackModel: 'yolox-tiny', ringSlots: '6' })).toMatchObject({
      fallbackModel: 'yolox-tiny',
      ringSlots: 6,
    })
  })
  it('asks for what differs, and for nothing else', () => {
    const before = { model: null, fps: 7.5, priority: 5, fallbackModel: 'yolox-tiny', ringSlots: 4 }
    const kept = { ...draft, fallbackModel: 'yolox-tiny', ringSlots: '4' }
    expect(changedWishes(before, kept)).toEqual({ model: 'yolox-nano@int8', priority: 9 })
    expect(changedWishes(wishesOf(draft), draft)).toEqual({})
    expect(changedWishes(before, { ...kept, model: '', fps: '', priority: '5' })).toEqual({ fps: null })
    const other = { ...kept, model: '', priority: '5', fallbackModel: '', ringSlots: '8' }
    expect(changedWishes(before, other)).toEqual({ fallbackModel: null, ringSlots: 8 })
  })
})

describe('budgets', () => {
  const limits = {
    ...noAmounts,
    deviceBytes: null,
    decodePpm: null,
    pcieBytesPerSecond: null,
    computePpm: 700_000,
    streams: 4,
  }
  it('leaves out what the device does not have, and names the fullest', () => {
    const list = utilisationOf({ ...noAmounts, computePpm: 350_000, streams: 3 }, limits)
    expect(list.map(({ resource }) => resource)).toEqual(['hostBytes', 'ringSlots', 'computePpm', 'streams'])
    expect(list.find(({ resource }) => resource === 'computePpm')).toMatchObject({
      share: 0.5,
      free: 350_000,
    })
    expect(bindingOf(list)).toBe('streams')
    expect(bindingOf(utilisationOf(noAmounts, limits))).toBeNull()
  })
  it('has nothing free where more is promised than there is', () => {
    const [over] = utilisationOf({ ...noAmounts, streams: 6 }, limits).filter(
      ({ resource }) => resource === 'streams',
    )
    expect(over).toMatchObject({ share: 1.5, free: 0 })
  })
  it.each([
    ['utilisation', '70', 0.7],
    ['utilisation', '101', undefined],
    ['utilisation', 'much', undefined],
    ['maxStreams', '', null],
    ['latencyTargetMs', '80', 80],
    ['latencyTargetMs', '-1', undefined],
  ] as const)('reads %s of %j', (name, text, value) => expect(settingValue(name, text)).toBe(value))
  it('says what a stream runs with', () => {
    const none = { fps: null, model: null, paused: false }
    expect(degradedTo({ ...none, fps: 6 }, { fps: 12, model: null })).toBe('6 fps instead of 12')
    expect(degradedTo({ ...none, fps: 6, model: 'nano' }, { fps: null, model: 'big' })).toBe(
      '6 fps instead of all frames, nano instead of big',
    )
    expect(degradedTo({ ...none, fps: 6, paused: true }, { fps: 12, model: null })).toBe('paused')
  })
  it('breaks the lines of memory where samples are missing', () => {
    const series = [{ label: 'in use', colour: '--ink', of: () => 1 }]
    const at = (atMs: number) => memorySample({ atMs })
    expect(columnsOf([at(1000), at(2000), at(9000)], series, 3000)).toEqual([
      [1, 2, 3.5, 9],
      [1, 1, null, 1],
    ])
  })
})

describe('routes', () => {
  it.each([
    { name: 'streams' },
    { name: 'stream', id: 'gate' },
    { name: 'add' },
    { name: 'models' },
    { name: 'budget' },
    { name: 'memory' },
    { name: 'figures' },
  ] as const)('%o comes back from its address', route => {
    expect(parseRoute(formatRoute(route))).toEqual(route)
  })
  it('leads anything else to the grid', () => {
    expect(parseRoute('#/nowhere')).toEqual({ name: 'streams' })
    expect(parseRoute('#/streams/%zz')).toEqual({ name: 'stream', id: '%zz' })
  })
})

describe('History', () => {
  it('is bounded, and takes each report once', () => {
    const history = new History(3)
    for (const atMs of [1, 2, 2, 3, 1, 4]) history.add({ atMs, value: atMs })
    expect(history.samples.map(sample => sample.atMs)).toEqual([2, 3, 4])
  })
})
