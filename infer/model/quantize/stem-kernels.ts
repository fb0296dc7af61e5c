/** The weights of a first convolution that reads Y, U and V: those of one that reads a picture of three colours, and the mixing of colours, as one. */
import { hasAttribute, intAttribute, intsAttribute } from '../onnx/attributes.js'
import type { Node } from '../onnx/proto.js'
import { rgbFromYuv } from '../passes/i420-input.js'
import type { ModelSpec } from '../spec.js'
import type { GraphIndex } from './graph-index.js'

/** A channel that the convolution reads: one colour of the picture, from a row and column on. */
export interface StemChannel {
  colour: number
  row: number
  column: number
}

export interface Stem {
  node: Node
  /** Pixels of the picture from one sample of a channel to the next. */
  step: 1 | 2
  channels: readonly StemChannel[]
}

export interface Kernel {
  weights: Float32Array
  /** [channels out, planes, rows, columns] */
  dims: [number, number, number, number]
  /** Top, left, bottom, right. */
  pads: number[]
  stride: 1 | 2
  bias: Float32Array | null
}

type Size = readonly [rows: number, columns: number]

/** One weight of the original: its place in the picture, from the pixel of its result on, and its colour. */
interface Tap {
  out: number
  colour: number
  row: number
  column: number
  weight: number
}

/** A first convolution, taken apart. */
interface StemTaps {
  taps: readonly Tap[]
  count: number
  results: Size
  bias: Float32Array
}

/** Null where the convolution is of another form: groups, dilation, a step over the picture other than two pixels. */
function takeApart(index: GraphIndex, stem: Stem, spec: ModelSpec): StemTaps | null {
  const weight = index.weight(stem.node.input![1])
  if (weight?.dims.length !== 4 || weight.dims[1] !== stem.channels.length || !isPlain(stem)) return null
  const [count, , ...kernel] = weight.dims as [number, number, number, number]
  const padding = hasAttribute(stem.node, 'pads') ? intsAttribute(stem.node, 'pads') : [0, 0, 0, 0]
  const given = index.weight(stem.node.input![2])?.data
  return {
    taps: tapsOf(stem, weight.data, kernel, padding),
    count,
    results: resultsOf([spec.heightPx, spec.widthPx], stem, kernel, padding),
    bias: Float32Array.from({ length: count }, (_, i) => given?.[i] ?? 0),
  }
}

/** Null where the convolution is of another form. */
export function foldKernels(index: GraphIndex, stem: Stem, spec: ModelSpec) {
  const parts = takeApart(index, stem, spec)
  if (!parts) return null
  const { taps, count, results, bias } = parts
  const mix = mixOf(spec)
  const picture: Size = [spec.heightPx, spec.widthPx]
  const full: Form = { count, planes: 1, stride: 2, picture, results }
  const half: Form = { count, planes: 2, stride: 1, picture: [spec.heightPx / 2, spec.widthPx / 2], results }
  const luma = kernelOf(taps, full, ({ colour }) => mix[colour]!.slice(0, 1))
  const chroma = kernelOf(taps.map(halved), half, ({ colour }) => mix[colour]!.slice(1))
  if ([...luma.pads, ...chroma.pads].some(pad => pad < 0)) return null
  return { luma, chroma: { ...chroma, bias } }
}

/**
 * The convolution of stride 2 over a picture as one of stride 1 over [H/2, W/2] places of four pixels each, `planes` values
 * a place: pixel (row, column) of a place and colour c is value 3 · (2 · row + column) + c, the values behind are without weight.
 * Null where the convolution is of another form.
 */
export function packKernel(
  index: GraphIndex,
  stem: Stem,
  spec: ModelSpec,
  planes: number,
): (Kernel & { bias: Float32Array }) | null {
  const parts = takeApart(index, stem, spec)
  if (!parts) return null
  const { count, results, bias } = parts
  const taps = parts.taps.map(tap => ({
    ...halved(tap),
    colour: 3 * (2 * (tap.row & 1) + (tap.column & 1)) + tap.colour,
    weight: tap.weight / spec.pixels.std[tap.colour]!,
  }))
  const form: Form = { count, planes, stride: 1, picture: [spec.heightPx / 2, spec.widthPx / 2], results }
  const kernel = kernelOf(taps, form, ({ colour }) => onlyAt(colour, planes))
  return kernel.pads.some(pad => pad < 0) ? null : { ...kernel, bias }
}

function onlyAt(place: number, planes: number): number[] {
  return Array.from({ length: planes }, (_, i) => (i === place ? 1 : 0))
}

/** A sample of chroma lies under two rows and columns of the picture. */
function halved(tap: Tap): Tap {
  return { ...tap, row: Math.floor(tap.row / 2), column: Math.floor(tap.column / 2) }
}

function resultsOf(
  picture: Size,
  { step }: Stem,
  kernel: readonly number[],
  padding: readonly number[],
): Size {
  const [rows, columns] = picture.map((px, axis) => {
    const free = px / step + padding[axis]! + padding[axis + 2]! - kernel[axis]!
    return Math.floor(free / (2 / step)) + 1
  })
  return [rows!, columns!]
}

function isPlain({ node, step }: Stem): boolean {
  const strides = hasAttribute(node, 'strides') ? intsAttribute(node, 'strides') : [1, 1]
  const dilated = intsAttribute(node, 'dilations').some(dilation => dilation !== 1)
  const grouped = intAttribute(node, 'group', 1) !== 1
  return (
    strides.every(stride => stride * step === 2) && !dilated && !grouped && !hasAttribute(node, 'auto_pad')
  )
}

function tapsOf(
  { step, channels }: Stem,
  weights: ArrayLike<number>,
  [rows, columns]: number[],
  padding: number[],
): Tap[] {
  const perOut = channels.length * rows! * columns!
  return Array.from(weights, (weight, i) => {
    const [row, column] = [Math.floor(i / columns!) % rows!, i % columns!]
    const channel = channels[Math.floor(i / (rows! * columns!)) % channels.length]!
    return {
      out: Math.floor(i / perOut),
      colour: channel.colour,
      row: step * (row - padding[0]!) + channel.row,
      column: step * (column - padding[1]!) + channel.column,
      weight,
    }
  })
}

interface Form {
  count: number
  planes: number
  stride: 1 | 2
  picture: Size
  results: Size
}

/** Adds up the taps that fall on one sample. */
function kernelOf(taps: readonly Tap[], form: Form, shares: (tap: Tap) => number[]): Kernel {
  const { count, planes, stride, picture, results } = form
  const spans = [spanOf(taps.map(({ row }) => row)), spanOf(taps.map(({ column }) => column))] as const
  const [rows, columns] = [spans[0].size, spans[1].size]
  const sums = new Float64Array(count * planes * rows * columns)
  for (const tap of taps) {
    for (const [plane, share] of shares(tap).entries()) {
      const at =
        ((tap.out * planes + plane) * rows + tap.row - spans[0].first) * columns + tap.column - spans[1].first
      sums[at] = sums[at]! + tap.weight * share
    }
  }
  const before = spans.map(({ first }) => -first)
  const after = spans.map(
    ({ first, size }, axis) => (results[axis]! - 1) * stride + size + first - picture[axis]!,
  )
  return {
    weights: Float32Array.from(sums),
    dims: [count, planes, rows, columns],
    pads: [...before, ...after],
    stride,
    bias: null,
  }
}

function spanOf(places: readonly number[]): { first: number; size: number } {
  const first = places.reduce((least, place) => Math.min(least, place), 0)
  const last = places.reduce((most, place) => Math.max(most, place), 0)
  return { first, size: last - first + 1 }
}

/** Of Y, U and V less those of black, for each colour as the network sees it. */
function mixOf({ pixels }: ModelSpec): number[][] {
  const rows = pixels.channels === 'rgb' ? rgbFromYuv : [...rgbFromYuv].reverse()
  return rows.map((row, colour) => row.map(value => (value * pixels.scale) / pixels.std[colour]!))
}
