/** Tables of values of the right kind for synthetic models: scores, boxes, classes, each spread over the range of its column. */
import { anchorCount } from '../../infer/model/families/grid.js'
import { families } from '../../infer/model/families/recognise.js'
import type { FamilyName } from '../../infer/model/prepared-model.js'
import type { SyntheticOutput } from './synthetic-model.js'

export interface ContractOptions {
  widthPx: number
  heightPx: number
  classCount: number
}

type Range = readonly [low: number, high: number]
export const score: Range = [0.05, 0.95]
export const share: Range = [0.05, 0.95]
export const logit: Range = [-4, 4]
export const offsetInCell: Range = [-1, 3]

export const repeat = (count: number, range: Range): Range[] => Array<Range>(count).fill(range)
export const boxPx = ({ widthPx, heightPx }: ContractOptions): Range[] => [
  [0, widthPx],
  [0, heightPx],
  [1, widthPx / 2],
  [1, heightPx / 2],
]
export const namesOf = (count: number): string =>
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

export function output(
  family: FamilyName,
  name: string,
  [rows, columns]: readonly [number, readonly Range[]],
  rest: Partial<SyntheticOutput> = {},
): SyntheticOutput {
  const seed = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
  return { name, dims: [rows, columns.length], ...table(family, rows, columns, seed), ...rest }
}

export const cells = (options: ContractOptions, stridesPx?: readonly number[]) =>
  anchorCount(options, stridesPx)

export const objectRows = (options: ContractOptions) => [
  ...boxPx(options),
  ...repeat(options.classCount + 1, score),
]

export function channelsFirst(whole: SyntheticOutput): SyntheticOutput {
  const [rows, columns] = whole.dims as [number, number]
  const turned = (values: Float32Array) =>
    values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!)
  return { ...whole, dims: [columns, rows], table: turned(whole.table), offset: turned(whole.offset!) }
}

/** Class indices do not go with the brightness. */
export function withClasses(whole: SyntheticOutput, classCount: number): SyntheticOutput {
  const columns = whole.dims[1]!
  const isClass = (i: number) => i % columns === columns - 1
  const classOf = (i: number) => Math.floor(noise(i + 0.3) * classCount)
  return {
    ...whole,
    table: whole.table.map((value, i) => (isClass(i) ? 0 : value)),
    offset: whole.offset!.map((value, i) => (isClass(i) ? classOf(i) : value)),
  }
}

/** Spread over 0 … 1, the same in every run. */
function noise(i: number): number {
  const wave = Math.sin(i * 12.9898) * 43758.5453
  return wave - Math.floor(wave)
}
