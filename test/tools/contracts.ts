/** What each family's own exporter writes, as small synthetic models: names, shapes and layouts of the outputs, values of the right kind. */
import { elementType } from '../../infer/model/onnx/proto.js'
import type { FamilyName } from '../../infer/model/prepared-model.js'
import type { Sidecar } from '../../infer/model/sidecar.js'
import {
  boxPx,
  type ContractOptions,
  cells,
  channelsFirst,
  logit,
  namesOf,
  objectRows,
  offsetInCell,
  output,
  repeat,
  score,
  share,
  withClasses,
} from './contract-tables.js'
import type { SyntheticHead, SyntheticOutput } from './synthetic-model.js'

type Contract = Pick<SyntheticHead, 'outputs' | 'inputName' | 'extraInputs' | 'metadata'>

export interface NamedContract {
  /** Tells two exports of one family apart. */
  name: string
  family: FamilyName
  /** Where the file alone does not tell. */
  sidecar?: Sidecar
  make(options: ContractOptions): Contract
}

const P6_STRIDES_PX = [8, 16, 32, 64]
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
