/** Recognition by evidence: what fits one family only, what fits several and which key decides, and what is said where nothing fits. */
import { describe, expect, it } from 'vitest'
import { gatherEvidence } from '../../../../../infer/model/onnx/evidence.js'
import type { Sidecar } from '../../../../../infer/model/sidecar.js'
import { specOf } from '../../../../../infer/model/spec.js'
import { contractNamed, contracts } from '../../../../tools/contracts.js'
import {
  type SyntheticHead,
  type SyntheticOutput,
  syntheticModel,
} from '../../../../tools/synthetic-model.js'

const options = { widthPx: 128, heightPx: 64, classCount: 7 }
/** Cells of the grids of strides 8, 16 and 32. */
const CELLS = 168
const FILE = 'some/model.onnx'

function specFor(head: Partial<SyntheticHead> & Pick<SyntheticHead, 'outputs'>, sidecar: Sidecar = {}) {
  const model = syntheticModel({ opset: 17, ...options, ...head })
  return specOf(gatherEvidence(model, FILE, sidecar), FILE, sidecar)
}

const output = (dims: readonly number[], rest: Partial<SyntheticOutput> = {}): SyntheticOutput => ({
  name: 'output',
  dims,
  table: new Float32Array(dims.reduce((product, dim) => product * dim, 1)),
  ...rest,
})

const unknown = (message: RegExp) =>
  expect.objectContaining({
    code: 'model_family_unknown',
    key: 'model.name',
    value: FILE,
    message: expect.stringMatching(message),
  })

const remedied = (remedy: string) => expect.objectContaining({ remedy: expect.stringContaining(remedy) })

describe.each(contracts)('$name', ({ family, make, sidecar }) => {
  it('fits its family alone', () => {
    const { family: found, head } = specFor(make(options), sidecar)
    expect(found.name).toBe(family)
    expect(head.classCount).toBe(options.classCount)
  })
})

describe('rows of one a cell', () => {
  const rows = (endsIn: 'Conv' | 'Mul' | 'Exp') => ({ outputs: [output([CELLS, 12], { endsIn })] })

  it('are YOLOX where nothing decodes them, and decoded YOLOX where an Exp does', () => {
    expect(specFor(rows('Conv')).family.name).toBe('yolox')
    expect(specFor(rows('Exp')).family.name).toBe('yolox_decoded')
  })

  it('fit two families where they are decoded without an Exp, and the sidecar decides', () => {
    expect(() => specFor(rows('Mul'))).toThrow(unknown(/more than one family: yolox_decoded .* and yolov5/))
    expect(() => specFor(rows('Mul'))).toThrow(remedied('`family: yolox_decoded` or `family: yolov5`'))
    for (const family of ['yolov5', 'yolox_decoded'] as const) {
      expect(specFor(rows('Mul'), { family }).family.name).toBe(family)
    }
  })

  it('fit two families where NanoDet’s exporter names the image, and the sidecar decides', () => {
    const head = { inputName: 'data', outputs: [output([CELLS, 39], { endsIn: 'Conv' })] }
    expect(() => specFor(head)).toThrow(unknown(/yolox .* and nanodet /))
    expect(specFor(head, { family: 'nanodet' }).head.classCount).toBe(7)
    expect(specFor(head, { family: 'yolox' }).head.classCount).toBe(34)
  })

  it('fit two families where they may as well be channels: 85 cells and 85 values', () => {
    const square = { widthPx: 64, heightPx: 64, outputs: [output([84, 85], { endsIn: 'Exp' as const })] }
    expect(() => specFor(square)).toThrow(unknown(/yolox_decoded .* and yolov8/))
    expect(specFor(square, { family: 'yolov8' }).head).toMatchObject({ classCount: 80, rows: 85 })
  })
})

describe('[N, 300, 6]', () => {
  const six = (endsIn: 'Sigmoid' | 'Mul', metadata: Record<string, string> = {}) => ({
    outputs: [output([300, 6], { endsIn })],
    metadata,
  })
  const two = "{0: 'a', 1: 'b'}"

  it('are corners where they are computed with, shares of the sides where all are sigmoids', () => {
    expect(specFor(six('Mul', { names: two })).family.name).toBe('end_to_end')
    expect(specFor(six('Sigmoid', { names: two })).family.name).toBe('rtdetr_ultralytics')
  })

  it('are corners of any number of classes, which must be named', () => {
    const names = "{0: 'a', 1: 'b', 2: 'c'}"
    expect(specFor(six('Mul', { names })).head.classCount).toBe(3)
    expect(specFor(six('Mul'), { classes: ['a', 'b', 'c'] }).head.classCount).toBe(3)
    expect(() => specFor(six('Mul'))).toThrow(unknown(/end_to_end .*name them as `classes` in its model.yml/))
  })
})

describe('a file that leaves shapes open', () => {
  const open = (declaredDims: SyntheticOutput['declaredDims']) => ({ declaredDims: declaredDims! })

  it('is YOLOX where its metadata or its sidecar say so', () => {
    const outputs = [output([CELLS, 12], { endsIn: 'Conv', ...open(['n', 'a', 'c']) })]
    const metadata = { layout: 'yolox', names: '["1","2","3","4","5","6","7"]' }
    expect(specFor({ outputs, metadata }).head).toMatchObject({ classCount: 7, rows: CELLS })
    const classes = ['1', '2', '3', '4', '5', '6', '7']
    expect(specFor({ outputs }, { family: 'yolox', classes }).head).toMatchObject({ classCount: 7 })
    expect(() => specFor({ outputs })).toThrow(unknown(/yolox .*declares no number of anchors/))
    expect(() => specFor({ outputs }, { family: 'yolox' })).toThrow(
      unknown(/number of classes is not declared/),
    )
  })

  it('of Hugging Face takes size and classes from its sidecar', () => {
    const { outputs, ...head } = contractNamed('rtdetr_transformers').make(options)
    const opened = outputs.map(one => ({ ...one, ...open(['n', 'q', one.name === 'logits' ? 'c' : 4]) }))
    const all = { ...head, outputs: opened, inputDims: ['n', 'channels', 'height', 'width'] }
    expect(() => specFor(all)).toThrow(/named as input in its model\.yml/)
    const input = { widthPx: 640, heightPx: 640 }
    expect(() => specFor(all, { input })).toThrow(unknown(/declare no number of queries/))
    const family = 'rtdetr_transformers'
    expect(() => specFor(all, { input, family })).toThrow(unknown(/number of classes is not declared/))
    const spec = specFor(all, { input, family, classes: ['cat', 'dog'] })
    expect(spec).toMatchObject({ ...input, head: { rows: 300, classCount: 2 } })
  })

  it('of Ultralytics tells by its metadata', () => {
    const metadata = { task: 'detect', imgsz: '[64, 128]', names: "{0: 'a', 1: 'b'}" }
    const yolov8 = [output([6, CELLS], open(['n', 6, 'anchors']))]
    expect(specFor({ outputs: yolov8, metadata }).head).toMatchObject({ classCount: 2, rows: CELLS })
    const ends = [output([300, 6], open(['n', 300, 'anchors']))]
    const endToEnd = specFor({ outputs: ends, metadata: { ...metadata, end2end: 'True' } })
    expect(endToEnd).toMatchObject({ family: { name: 'end_to_end' }, head: { rows: 300, classCount: 2 } })
  })
})

describe('strides', () => {
  it.each([
    ['a fourth, coarser grid', [8, 16, 32, 64], 170],
    ['a fourth, finer grid', [4, 8, 16, 32], 680],
    ['two grids', [16, 32], 40],
  ])('are told by the number of cells: %s', (_, stridesPx, cells) => {
    expect(specFor({ outputs: [output([11, cells])] }).head).toMatchObject({ stridesPx, classCount: 7 })
  })

  it('of raw boxes other than 8, 16, 32 must be said', () => {
    const outputs = [output([680, 12], { endsIn: 'Conv' })]
    expect(() => specFor({ outputs })).toThrow(unknown(/680, not its 168 anchors/))
    const stridesPx = [4, 8, 16, 32]
    expect(specFor({ outputs }, { stridesPx }).head).toMatchObject({ stridesPx, rows: 680 })
  })
})

describe('a family that the sidecar names', () => {
  it.each([
    ['yolov8', /said to be yolov8, .* but axis 2 of the output is 12, not its 168 anchors/],
    ['rtdetr', /but it has no outputs labels, boxes and scores/],
    ['damo_yolo', /but it has not two outputs of rank 3/],
    ['rtdetr_transformers', /but it has no outputs logits and pred_boxes/],
    ['nanodet_plus', /but axis 1 of the output is 168, not its 170 points/],
  ] as const)('must still fit: %s', (family, message) => {
    const outputs = [output([CELLS, 12], { endsIn: 'Conv' })]
    expect(() => specFor({ outputs }, { family })).toThrow(unknown(message))
    expect(() => specFor({ outputs }, { family })).toThrow(remedied('`family` in its model.yml'))
  })
})

describe('a model of no known family', () => {
  const named = (names: readonly string[], dims: readonly (readonly number[])[]) =>
    names.map((name, i) => output(dims[i]!, { name }))

  it.each<[string, Partial<SyntheticHead> & Pick<SyntheticHead, 'outputs'>, RegExp]>([
    ['a classifier', { outputs: [output([1000])] }, /output \[\?, 1000\].*rank 3/s],
    [
      'another task',
      { outputs: [output([12, CELLS])], metadata: { task: 'pose' } },
      /yolov8 .*its task is pose/,
    ],
    [
      'more channels than its classes',
      { outputs: [output([6, CELLS])], metadata: { names: '["person"]' } },
      /it holds 2 classes, but 1 are named/,
    ],
    ['no class', { outputs: [output([4, CELLS])] }, /yolov8 .*leaves no room for a class/],
    [
      'YOLO-NAS, whose boxes come first',
      {
        outputs: named(
          ['913', '904'],
          [
            [CELLS, 4],
            [CELLS, 80],
          ],
        ),
      },
      /damo_yolo .*its second output is 80, not 4/,
    ],
    [
      'torchvision’s, in unknown pixels',
      { outputs: named(['labels', 'boxes', 'scores'], [[300], [300, 4], [300]]) },
      /rtdetr .*no input orig_target_sizes/,
    ],
    [
      'DETR, of 100 queries',
      {
        outputs: named(
          ['logits', 'pred_boxes'],
          [
            [100, 92],
            [100, 4],
          ],
        ),
      },
      /rtdetr_transformers .*100 queries, not 300/,
    ],
    [
      'RT-DETR whose classes nothing shows',
      { outputs: contractNamed('rtdetr').make(options).outputs, extraInputs: { orig_target_sizes: 2 } },
      /rtdetr .*number of classes is not declared/,
    ],
  ])('is %s', (_, head, message) => {
    expect(() => specFor(head)).toThrow(unknown(message))
  })

  it('has an input that its family has not', () => {
    const head = { ...contractNamed('yolox').make(options), extraInputs: { pixel_mask: 2 } }
    expect(() => specFor(head)).toThrow(
      expect.objectContaining({
        code: 'model_invalid',
        message: expect.stringContaining('an input pixel_mask'),
      }),
    )
  })
})
