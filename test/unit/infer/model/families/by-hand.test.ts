/** Each plain decoder on one row worked out by hand from its project's formulas: graph and decoder could be wrong alike. */
import { expect, it } from 'vitest'
import { gatherEvidence } from '../../../../../infer/model/onnx/evidence.js'
import type { FamilyName } from '../../../../../infer/model/prepared-model.js'
import { specOf } from '../../../../../infer/model/spec.js'
import { contractNamed } from '../../../../tools/contracts.js'
import { syntheticModel } from '../../../../tools/synthetic-model.js'

/** Grids of 16×8, 8×4 and 4×2 cells. */
const options = { widthPx: 128, heightPx: 64, classCount: 2 }
/** Second column, second row: of stride 8, 16 and 32. */
const [AT_8, AT_16, AT_32] = [17, 128 + 9, 160 + 5]
/** One certain bin for each of the four sides. */
const sides = (...bins: number[]) =>
  bins.flatMap(bin => Array.from({ length: 8 }, (_, i) => (i === bin ? 50 : -50)))

interface ByHand {
  name: string
  family: FamilyName
  row: number
  /** For each output: the values of that row. */
  values: number[][]
  expected: number[]
}

const cases: ByHand[] = [
  {
    // ((1 + 0.5) · 8, (1 + 0.25) · 8), 2 · 8 by 4 · 8
    name: 'yolox',
    family: 'yolox',
    row: AT_8,
    values: [[0.5, 0.25, Math.log(2), Math.log(4), 0.8, 0.1, 0.9]],
    expected: [4, -6, 20, 26, 0.72, 1],
  },
  {
    name: 'yolox',
    family: 'yolox',
    row: AT_16,
    values: [[0, 0, 0, 0, 0.5, 0.4, 0.2]],
    expected: [8, 8, 24, 24, 0.2, 0],
  },
  {
    name: 'yolox_decoded',
    family: 'yolox_decoded',
    row: 3,
    values: [[50, 40, 20, 10, 0.5, 0.2, 0.8]],
    expected: [40, 35, 60, 45, 0.4, 1],
  },
  {
    name: 'yolov5',
    family: 'yolov5',
    row: 400,
    values: [[50, 40, 20, 10, 0.5, 0.8, 0.2]],
    expected: [40, 35, 60, 45, 0.4, 0],
  },
  {
    name: 'yolov8',
    family: 'yolov8',
    row: AT_32,
    values: [[50, 40, 20, 10, 0.2, 0.8]],
    expected: [40, 35, 60, 45, 0.8, 1],
  },
  {
    name: 'end_to_end',
    family: 'end_to_end',
    row: 299,
    values: [[1, 2, 30, 40, 0.6, 1]],
    expected: [1, 2, 30, 40, 0.6, 1],
  },
  {
    name: 'damo_yolo',
    family: 'damo_yolo',
    row: 5,
    values: [
      [0.3, 0.7],
      [1, 2, 30, 40],
    ],
    expected: [1, 2, 30, 40, 0.7, 1],
  },
  {
    // Middle of the cell, (12, 12); sides 1, 2, 3 and 0 strides away.
    name: 'nanodet with one output',
    family: 'nanodet',
    row: AT_8,
    values: [[0.6, 0.5, ...sides(1, 2, 3, 0)]],
    expected: [4, -4, 36, 12, 0.6, 0],
  },
  {
    // Corner of the cell, (8, 8).
    name: 'nanodet_plus',
    family: 'nanodet_plus',
    row: AT_8,
    values: [[0.5, 0.6, ...sides(1, 2, 3, 0)]],
    expected: [0, -8, 32, 8, 0.6, 1],
  },
  {
    name: 'rtdetr',
    family: 'rtdetr',
    row: 7,
    values: [[1], [1, 2, 30, 40], [0.9]],
    expected: [1, 2, 30, 40, 0.9, 1],
  },
  {
    name: 'rtdetr_ultralytics',
    family: 'rtdetr_ultralytics',
    row: 7,
    values: [[0.5, 0.5, 0.25, 0.5, 0.3, 0.7]],
    expected: [48, 16, 80, 48, 0.7, 1],
  },
  {
    name: 'rtdetr_transformers',
    family: 'rtdetr_transformers',
    row: 7,
    values: [
      [Math.log(3), 0],
      [0.5, 0.5, 0.25, 0.5],
    ],
    expected: [48, 16, 80, 48, 0.75, 0],
  },
]

it.each(cases)('$name, row $row', ({ name, family, row, values, expected }) => {
  const contract = contractNamed(name)
  const { sidecar = {} } = contract
  const model = syntheticModel({ opset: 17, ...options, ...contract.make(options) })
  const { family: found, head } = specOf(gatherEvidence(model, '', sidecar), '', sidecar)
  expect(found.name).toBe(family)
  const outputs = values.map(columns => {
    const table = new Float32Array(head.rows * columns.length)
    const isChannelsFirst = family === 'yolov8'
    columns.forEach((value, i) => {
      table[isChannelsFirst ? i * head.rows + row : row * columns.length + i] = value
    })
    return table
  })
  const candidate = found.decode(outputs, head)[row]!
  expected.forEach((value, i) => {
    expect(candidate[i], `value ${i}`).toBeCloseTo(value, 4)
  })
})

it('nanodet reads its six outputs as one table', () => {
  const model = syntheticModel({ opset: 17, ...options, ...contractNamed('nanodet').make(options) })
  const { family, head } = specOf(gatherEvidence(model, ''), '')
  expect(head.outputs.map(({ name }) => name)).toEqual(
    [8, 16, 32].flatMap(stride => [`cls_pred_stride_${stride}`, `dis_pred_stride_${stride}`]),
  )
  const outputs = [128, 128, 32, 32, 8, 8].map((cells, i) => new Float32Array(cells * (i % 2 ? 32 : 2)))
  // Stride 16, second column and row: middle (24, 24).
  outputs[2]!.set([0.1, 0.9], 9 * 2)
  outputs[3]!.set(sides(1, 0, 1, 2), 9 * 32)
  const candidate = family.decode(outputs, head)[AT_16]!
  const expected = [8, 24, 40, 56, 0.9, 1]
  expected.forEach((value, i) => {
    expect(candidate[i], `value ${i}`).toBeCloseTo(value, 4)
  })
})
