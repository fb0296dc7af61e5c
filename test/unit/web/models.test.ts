/** What the dashboard says of models: groups, choices, changes, jobs and their results. */
import { describe, expect, it } from 'vitest'
import { choicesOf } from '../../../publish/web/camera/model-choices.js'
import { readComparison } from '../../../publish/web/words/comparison.js'
import { describeProgress, hasEnded, jobStateWords, kindWords } from '../../../publish/web/words/job.js'
import { groupModels, groupState, modelStateWords } from '../../../publish/web/words/model.js'
import { describeModelChange, wantedModel } from '../../../publish/web/words/model-change.js'
import { readResult } from '../../../publish/web/words/result.js'
import { type ModelView, modelStates } from '../../../shared/api/views.js'
import { modelJobKinds, modelJobStates } from '../../../shared/model/model-job.js'
import type { Precision } from '../../../shared/model/model-name.js'

function view(name: string, precision: Precision, change: Partial<ModelView> = {}): ModelView {
  return {
    name,
    precision,
    origin: 'registry',
    family: 'yolox',
    widthPx: 416,
    heightPx: 416,
    classes: ['person', 'bicycle'],
    bytes: 3_659_407,
    digest: 'c7',
    licence: 'Apache-2.0',
    problem: null,
    state: 'available',
    reason: null,
    streams: [],
    devices: [],
    ...change,
  }
}

describe('groupModels', () => {
  const models = [
    view('yolox-nano@int8', 'int8'),
    view('b@home', 'fp32'),
    view('yolox-nano', 'fp32', { state: 'loaded' }),
    view('yolox-nano@fp16', 'fp16'),
  ]
  it('puts the precisions of one file together, widest first', () => {
    const groups = groupModels(models)
    expect(groups.map(({ base }) => base)).toEqual(['b@home', 'yolox-nano'])
    expect(groups[1]!.variants.map(({ precision }) => precision)).toEqual(['fp32', 'fp16', 'int8'])
  })
  it('says of the group what its furthest precision is, trouble first', () => {
    const [, nano] = groupModels(models)
    expect(groupState(nano!)).toBe('loaded')
    const [failed] = groupModels([models[2]!, view('yolox-nano@int8', 'int8', { state: 'failed' })])
    expect(groupState(failed!)).toBe('failed')
  })
  it('has words for every state', () => {
    expect(Object.keys(modelStateWords).sort()).toEqual([...modelStates].sort())
  })
})

describe('choicesOf', () => {
  const models = [
    view('yolox-nano', 'fp32', { state: 'loaded' }),
    view('yolox-nano@fp16', 'fp16'),
    view('broken', 'fp32', { problem: 'The file is truncated.', state: 'unusable' }),
  ]
  it('offers what can be used, in each precision, and says what is loaded', () => {
    expect(choicesOf(models, '')).toEqual([
      {
        title: 'yolox-nano: 416 × 416, 2 classes',
        names: [
          { name: 'yolox-nano', text: 'yolox-nano · fp32 · loaded' },
          { name: 'yolox-nano@fp16', text: 'yolox-nano · fp16' },
        ],
      },
    ])
    expect(choicesOf(models, 'yolox-nano@fp16')).toHaveLength(1)
  })
  it('keeps what is chosen already, though nobody would offer it', () => {
    expect(choicesOf(models, 'broken').at(-1)).toEqual({
      title: 'Not usable now',
      names: [{ name: 'broken', text: 'broken' }],
    })
    expect(choicesOf([], 'gone').at(-1)?.names).toEqual([{ name: 'gone', text: 'gone' }])
  })
})

describe('describeModelChange', () => {
  const stream = { enabled: true, state: 'live', model: 'new' } as const
  const host = (state?: 'loading' | 'loaded' | 'idle' | 'failed') => [
    { model: 'old', models: state ? [{ name: 'new', state }] : [] },
  ]
  it('says nothing where the newest boxes are those of the wanted model', () => {
    expect(describeModelChange(stream, 'new', host('loaded'))).toBeNull()
    expect(describeModelChange({ ...stream, model: null }, 'old', host())).toBeNull()
    expect(describeModelChange({ ...stream, enabled: false }, 'old', host('loading'))).toBeNull()
    expect(describeModelChange({ ...stream, model: null }, 'old', [])).toBeNull()
  })
  it.each([
    [undefined, 'new was asked for, and is loaded next. Until then the boxes are those of old.'],
    ['loading', 'new is being loaded. Until then the boxes are those of old.'],
    ['loaded', 'new is loaded; the stream goes over to it now.'],
    ['idle', 'new is loaded; the stream goes over to it now.'],
    ['failed', 'The boxes are still those of old.'],
  ] as const)('while the new one is %s it says that the old boxes go on', (state, text) => {
    expect(describeModelChange(stream, 'old', host(state))).toBe(text)
  })
  it('does not speak of boxes where there are none', () => {
    expect(describeModelChange({ ...stream, state: 'stalled' }, 'old', host('loading'))).toBe(
      'new is being loaded.',
    )
    expect(describeModelChange(stream, null, host('loading'))).toBe('new is being loaded.')
    for (const state of ['loaded', 'failed', undefined] as const)
      expect(describeModelChange(stream, null, host(state))).toBeNull()
    expect(describeModelChange({ ...stream, state: 'stalled' }, 'old', host('failed'))).toBeNull()
  })
  it('knows the default by the device', () => {
    expect(wantedModel({ model: null }, host())).toBe('old')
    expect(wantedModel({ model: null }, [])).toBeNull()
  })
})

describe('jobs', () => {
  it('have words for every kind and state', () => {
    expect(Object.keys(kindWords).sort()).toEqual([...modelJobKinds].sort())
    expect(Object.keys(jobStateWords).sort()).toEqual([...modelJobStates].sort())
    expect(modelJobStates.filter(state => hasEnded({ state }))).toEqual(['done', 'failed', 'cancelled'])
  })
  it.each([
    [
      { step: 'downloading', done: 2 ** 20, total: 2 ** 22, unit: 'bytes' },
      'downloading: 1.0 MiB of 4.0 MiB',
    ],
    [{ step: 'checking', done: 40, total: 128, unit: 'pictures' }, 'checking: 40 of 128 pictures'],
    [{ step: 'calibrating', done: 40, total: null, unit: 'frames' }, 'calibrating: 40 frames'],
  ] as const)('%o is told as %s', (progress, text) => expect(describeProgress(progress)).toBe(text))
})

describe('readResult', () => {
  it('reads units from names, shares of accuracy as percent, and lists of objects as tables', () => {
    const { facts, tables } = readResult({
      model: 'yolox-nano',
      map50: 0.4567,
      map: null,
      labels: { pictures: 128, unknownClasses: [] },
      speed: { inferMs: 21.34, framesPerSecond: 41.234 },
      isStable: true,
      buckets: [1, 4],
      variants: [
        { precision: 'fp32', bytes: 3_659_407, peakMemoryBytes: 2 ** 26, throughput: { fps: 41 } },
        { precision: 'int8', bytes: 1_048_576, latencyMs: 9 },
      ],
    })
    expect(facts).toEqual([
      ['Model', 'yolox-nano'],
      ['mAP@50', '45.7 %'],
      ['mAP@50:95', '–'],
      ['Labels, pictures', '128'],
      ['Speed, infer', '21 ms'],
      ['Speed, frames per second', '41.23'],
      ['Is stable', 'yes'],
      ['Buckets', '1, 4'],
    ])
    expect(tables).toEqual([
      {
        title: 'Variants',
        columns: ['Precision', 'Bytes', 'Peak memory', 'Throughput, fps', 'Latency'],
        rows: [
          ['fp32', '3.5 MiB', '64.0 MiB', '41', '–'],
          ['int8', '1.0 MiB', '–', '–', '9.0 ms'],
        ],
      },
    ])
  })
  it.each([null, undefined, 'done', 7, [], {}])('%o has nothing to show', result => {
    expect(readResult(result)).toEqual({ facts: [], tables: [] })
  })
})

describe('readComparison', () => {
  const speed = (runMs: number, fps: number, ratio: number) => ({
    ratio,
    buckets: [
      { bucket: 1, runMs, framesPerSecond: fps },
      { bucket: 4, runMs: runMs * 3, framesPerSecond: fps * 1.25 },
    ],
  })
  const comparison = {
    variants: [
      {
        name: 'yolox-nano',
        fileBytes: 3_659_407,
        peakBytes: 2 ** 26,
        speed: speed(21.3, 40, 1),
        accuracy: { map50: 0.456, map: 0.258 },
      },
      {
        name: 'yolox-nano@fp16',
        fileBytes: 1_900_000,
        peakBytes: 2 ** 25,
        speed: { ...speed(26, 30, 0.75), buckets: speed(26, 30, 1).buckets.slice(0, 1) },
        accuracy: { map50: null, map: null },
      },
    ],
    missing: [{ name: 'yolox-nano@int8', reason: 'It has no calibration.', remedy: 'Quantize it.' }],
    choice: { name: 'yolox-nano', reasons: ['yolox-nano stays.'] },
  }
  it('is one table, the choice, and why', () => {
    const read = readComparison(comparison)
    expect(read?.table.columns).toEqual(
      ['Model', 'File', 'Memory', 'p50', 'Frames/s, 1 a batch', 'Frames/s, 4 a batch'].concat([
        'Ratio',
        'mAP@50',
        'mAP@50:95',
      ]),
    )
    expect(read?.table.rows).toEqual([
      ['yolox-nano', '3.5 MiB', '64.0 MiB', '21 ms', '40.0', '50.0', '1.00 ×', '45.6 %', '25.8 %'],
      ['yolox-nano@fp16', '1.8 MiB', '32.0 MiB', '26 ms', '30.0', '–', '0.75 ×', '–', '–'],
    ])
    expect(read?.chosen).toBe('yolox-nano')
    expect(read?.sentences).toEqual([
      'yolox-nano stays.',
      'yolox-nano@int8: It has no calibration. Quantize it.',
    ])
  })
  it.each([null, 7, {}, { ...comparison, choice: null }, { ...comparison, variants: [{ name: 'x' }] }])(
    'does not read %o as one',
    other => expect(readComparison(other)).toBeNull(),
  )
})
