/** What each family's own exporter writes, as small synthetic models: names, shapes and layouts of the outputs, values of the right kind. */
import { anchorCount } from '../../infer/model/families/grid.js'
import { families } from '../../infer/model/families/recognise.js'
import { elementType } from '../../infer/model/onnx/proto.js'
import type { FamilyName } from '../../infer/model/prepared-model.js'
import type { Sidecar } from '../../infer/model/sidecar.js'
import type { SyntheticHead, SyntheticOutput } from './synthetic-model.js'

export interface ContractOptions {
  widthPx: number
  heightPx: number
  classCount: number
}

type Range = readonly [low: number, high: number]
type Contract = Pick<SyntheticHead, 'outputs' | 'inputName' | 'extraInputs' | 'metadata'>

export interface NamedContract {
  /** Tells two exports of one family apart. */
  name: string
  family: FamilyName
  /** Where the file alone does not tell. */
  sidecar?: Sidecar
  make(options: ContractOptions): Contract
}

const score: Range = [0.05, 0.95]
const share: Range = [0.05, 0.95]
const logit: Range = [-4, 4]
const offsetInCell: Range = [-1, 3]
const P6_STRIDES_PX = [8, 16, 32, 64]

const repeat = (count: number, range: Range): Range[] => Array<Range>(count).fill(range)
const boxPx = ({ widthPx, heightPx }: ContractOptions): Range[] => [
  [0, widthPx],
  [0, heightPx],
  [1, widthPx / 2],
  [1, heightPx / 2],
]
const namesOf = (count: number): string =>
  `{${Array.from({ length: count }, (_, i) => `${i}: 'class ${i}'`).join(', ')}}`

/** Rows of values within the ranges of their columns; a tenth of each goes with the brightness of the picture. */
function table(family: FamilyName, rows: number, columns: readonly Range[], seed = 0) {
  const { scale, std } = families[family].pixels
  const white = (255 * scale) / std[0]
  const length = rows * columns.length
  const offset = new Float32Array(length)
  const values = new Float32Array(length)
  for (let i = 0; i < length; i++) {
    const [low, high] = columns[i % columns.length]!
    offset[i] = low + (high - low) * (0.1 + 0.8 * noise(i + seed))
    values[i] = ((high - low) * 0.1 * noise(i + seed + 0.5)) / white
  }
  return { offset, table: values }
}

function output(
  family: FamilyName,
  name: string,
  [rows, columns]: readonly [number, readonly Range[]],
  rest: Partial<SyntheticOutput> = {},
): SyntheticOutput {
  const seed = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
  return { name, dims: [rows, columns.length], ...table(family, rows, columns, seed), ...rest }
}

const cells = (options: ContractOptions, stridesPx?: readonly number[]) => anchorCount(options, stridesPx)

const objectRows = (options: ContractOptions) => [...boxPx(options), ...repeat(options.classCount + 1, score)]

function channelsFirst(whole: SyntheticOutput): SyntheticOutput {
  const [rows, columns] = whole.dims as [number, number]
  const turned = (values: Float32Array) =>
    values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!)
  return { ...whole, dims: [columns, rows], table: turned(whole.table), offset: turned(whole.offset!) }
}

/** Class indices do not go with the brightness. */
function withClasses(whole: SyntheticOutput, classCount: number): SyntheticOutput {
  const columns = whole.dims[1]!
  const isClass = (i: number) => i % columns === columns - 1
  const classOf = (i: number) => Math.floor(noise(i + 0.3) * classCount)
  return {
    ...whole,
    table: whole.table.map((value, i) => (isClass(i) ? 0 : value)),
    offset: whole.offset!.map((value, i) => (isClass(i) ? classOf(i) : value)),
  }
}

const OBJECTS = 300

export const contracts: readonly NamedContract[] = [
  {
    name: 'yolox',
    family: 'yolox',
    make: options => ({
      outputs: [
        output(
          'yolox',
          'output',
          [
            cells(options),
            [...repeat(2, offsetInCell), ...repeat(2, [-1, 2]), ...repeat(options.classCount + 1, score)],
          ],
          { endsIn: 'Conv' },
        ),
      ],
    }),
  },
  {
    name: 'yolox_decoded',
    family: 'yolox_decoded',
    make: options => ({
      outputs: [output('yolox_decoded', 'output', [cells(options), objectRows(options)], { endsIn: 'Exp' })],
    }),
  },
  {
    name: 'yolov5',
    family: 'yolov5',
    make: options => ({ outputs: [output('yolov5', 'output0', [3 * cells(options), objectRows(options)])] }),
  },
  {
    name: 'yolov5 with its raw grids',
    family: 'yolov5',
    make: options => ({
      outputs: [
        output('yolov5', 'output', [3 * cells(options), objectRows(options)]),
        ...[8, 16, 32].map(stridePx => ({
          ...output('yolov5', `grid${stridePx}`, [
            3 * cells(options, [stridePx]),
            repeat(options.classCount + 5, logit),
          ]),
          dims: [3, options.heightPx / stridePx, options.widthPx / stridePx, options.classCount + 5],
          endsIn: 'Conv' as const,
        })),
      ],
    }),
  },
  {
    name: 'yolov6',
    family: 'yolov5',
    sidecar: { family: 'yolov5' },
    make: options => ({ outputs: [output('yolov5', 'outputs', [cells(options), objectRows(options)])] }),
  },
  {
    name: 'yolov8',
    family: 'yolov8',
    make: options => ({
      outputs: [
        channelsFirst(
          output('yolov8', 'output0', [
            cells(options),
            [...boxPx(options), ...repeat(options.classCount, score)],
          ]),
        ),
      ],
      metadata: { task: 'detect', stride: '32', end2end: 'False', names: namesOf(options.classCount) },
    }),
  },
  {
    name: 'end_to_end',
    family: 'end_to_end',
    make: options => ({
      outputs: [
        withClasses(
          output('end_to_end', 'output0', [OBJECTS, [...boxPx(options), score, [0, 0]]]),
          options.classCount,
        ),
      ],
      metadata: { task: 'detect', end2end: 'True', names: namesOf(options.classCount) },
    }),
  },
  {
    name: 'damo_yolo',
    family: 'damo_yolo',
    make: options => ({
      outputs: [
        output('damo_yolo', 'output', [cells(options), repeat(options.classCount, score)], {
          endsIn: 'Sigmoid',
        }),
        output('damo_yolo', '953', [cells(options), boxPx(options)]),
      ],
    }),
  },
  {
    name: 'nanodet',
    family: 'nanodet',
    make: options => ({
      inputName: 'input.1',
      outputs: [
        ...[8, 16, 32].map(stridePx =>
          output(
            'nanodet',
            `cls_pred_stride_${stridePx}`,
            [cells(options, [stridePx]), repeat(options.classCount, logit)],
            {
              endsIn: 'Sigmoid',
            },
          ),
        ),
        ...[8, 16, 32].map(stridePx =>
          output('nanodet', `dis_pred_stride_${stridePx}`, [cells(options, [stridePx]), repeat(32, logit)], {
            endsIn: 'Conv',
          }),
        ),
      ],
    }),
  },
  {
    name: 'nanodet with one output',
    family: 'nanodet',
    sidecar: { family: 'nanodet' },
    make: options => ({
      inputName: 'data',
      outputs: [
        output(
          'nanodet',
          'output',
          [cells(options), [...repeat(options.classCount, score), ...repeat(32, logit)]],
          { endsIn: 'Conv' },
        ),
      ],
    }),
  },
  {
    name: 'nanodet_plus',
    family: 'nanodet_plus',
    make: options => ({
      inputName: 'data',
      outputs: [
        output(
          'nanodet_plus',
          'output',
          [cells(options, P6_STRIDES_PX), [...repeat(options.classCount, score), ...repeat(32, logit)]],
          { endsIn: 'Conv' },
        ),
      ],
    }),
  },
  {
    name: 'rtdetr',
    family: 'rtdetr',
    make: options => ({
      extraInputs: { orig_target_sizes: 2 },
      outputs: rtdetrOutputs(options, false),
      metadata: { names: namesOf(options.classCount) },
    }),
  },
  {
    name: 'rtdetr with its batch squeezed away',
    family: 'rtdetr',
    make: options => ({
      extraInputs: { orig_target_sizes: 2 },
      outputs: rtdetrOutputs(options, true),
      metadata: { names: namesOf(options.classCount) },
    }),
  },
  {
    name: 'rtdetr_ultralytics',
    family: 'rtdetr_ultralytics',
    make: options => ({
      outputs: [
        output('rtdetr_ultralytics', 'output0', [OBJECTS, repeat(4 + options.classCount, logit)], {
          endsIn: 'Sigmoid',
        }),
      ],
      metadata: { task: 'detect', end2end: 'False', names: namesOf(options.classCount) },
    }),
  },
  {
    name: 'rtdetr_transformers',
    family: 'rtdetr_transformers',
    make: options => ({
      inputName: 'pixel_values',
      outputs: [
        output('rtdetr_transformers', 'logits', [OBJECTS, repeat(options.classCount, logit)], {
          endsIn: 'Conv',
        }),
        output('rtdetr_transformers', 'pred_boxes', [OBJECTS, repeat(4, logit)], { endsIn: 'Sigmoid' }),
      ],
    }),
  },
]

function rtdetrOutputs({ classCount }: ContractOptions, squeezed: boolean): SyntheticOutput[] {
  const labels = withClasses(output('rtdetr', 'labels', [OBJECTS, [[0, 0]]]), classCount)
  return [
    { ...labels, dims: [OBJECTS], elemType: elementType.int64, squeezed },
    {
      ...output('rtdetr', 'boxes', [OBJECTS, repeat(4, share)]),
      times: 'orig_target_sizes',
      squeezed,
    },
    { ...output('rtdetr', 'scores', [OBJECTS, [score]]), dims: [OBJECTS], squeezed },
  ]
}

export function contractNamed(name: string): NamedContract {
  const found = contracts.find(contract => contract.name === name)
  if (!found) throw new Error(`No contract ${name}`)
  return found
}

/** Spread over 0 … 1, the same in every run. */
function noise(i: number): number {
  const wave = Math.sin(i * 12.9898) * 43758.5453
  return wave - Math.floor(wave)
}
