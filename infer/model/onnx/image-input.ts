/** Finds the image among a model's inputs, and the size and batch that it is used at. */
import type { Sidecar } from '../sidecar.js'
import { type Dims, dimsOf, shapeText } from './dims.js'
import { modelInvalid } from './invalid.js'
import { elementType, type Graph, type ValueInfo } from './proto.js'

export interface ImageInput {
  inputName: string
  inputType: number
  widthPx: number
  heightPx: number
  batch: 'dynamic' | 1
}

/** I420 keeps a quarter of the rows for each of U and V; exporters round to their coarsest stride, 32 nearly always. */
const USUAL_MULTIPLE_PX = 32
const I420_MULTIPLE_PX = 4
const MAX_SIZE_PX = 4096
const EXPECTED_INPUT = 'one float32 or float16 image input [N, 3, H, W]'

/** @throws RingsideError `model_invalid`. */
export function imageInput(
  graph: Graph,
  metadata: ReadonlyMap<string, string>,
  sidecar: Sidecar,
  file: string,
): { image: ImageInput; others: ValueInfo[] } {
  // Files of IR 3 list their weights among the inputs.
  const weights = new Set(graph.initializer!.map(({ name }) => name))
  const inputs = graph.input!.filter(({ name }) => !weights.has(name))
  const images = inputs.filter(isImage)
  if (images.length !== 1) throw modelInvalid(file, `its inputs are ${inputText(inputs)}`, EXPECTED_INPUT)
  const [input] = images as [ValueInfo]
  const dims = dimsOf(input)
  const image = {
    inputName: input.name!,
    inputType: input.type!.tensorType!.elemType!,
    ...imageSize(dims, metadata, sidecar, file),
    batch: batchOf(dims, file),
  }
  return { image, others: inputs.filter(other => other !== input) }
}

/** Some exporters leave even the number of channels open. */
function isImage(value: ValueInfo): boolean {
  const elemType = value.type?.tensorType?.elemType
  const dims = dimsOf(value)
  const isFloat = elemType === elementType.float || elemType === elementType.float16
  return isFloat && dims.length === 4 && (dims[1] === 3 || dims[1] === null)
}

function inputText(inputs: readonly ValueInfo[]): string {
  const found = inputs.map(
    value => `${value.name} ${shapeText(dimsOf(value))} of type ${value.type?.tensorType?.elemType}`,
  )
  return found.join(', ') || 'none'
}

function batchOf([batch]: Dims, file: string): 'dynamic' | 1 {
  if (batch === null) return 'dynamic'
  if (batch === 1) return 1
  throw modelInvalid(file, `it takes exactly ${batch} images a run`, 'a batch axis of 1 or a dynamic one')
}

/** A model exported with open image axes is used at the size that its sidecar names, else at that of its metadata. */
function imageSize(
  dims: Dims,
  metadata: ReadonlyMap<string, string>,
  { input, stridesPx }: Sidecar,
  file: string,
): { widthPx: number; heightPx: number } {
  const named = metadata.get('imgsz')?.match(/\d+/g)?.map(Number) ?? []
  const heightPx = dims[2] ?? input?.heightPx ?? named[0] ?? 0
  const widthPx = dims[3] ?? input?.widthPx ?? named[1] ?? named[0] ?? 0
  if (input && (input.widthPx !== widthPx || input.heightPx !== heightPx)) {
    const wanted = `the sidecar’s input ${input.widthPx}×${input.heightPx} with`
    throw modelInvalid(file, `its input is fixed, ${shapeText(dims)}`, `${wanted} a model of open axes`)
  }
  const coarsestPx = Math.max(...(stridesPx ?? [USUAL_MULTIPLE_PX]))
  const multiplePx = Math.max(I420_MULTIPLE_PX, Math.min(USUAL_MULTIPLE_PX, coarsestPx))
  const usable = [heightPx, widthPx].every(px => px > 0 && px <= MAX_SIZE_PX && px % multiplePx === 0)
  if (usable) return { widthPx, heightPx }
  const expected = `height and width, multiples of ${multiplePx} up to ${MAX_SIZE_PX}, fixed in the file or named as input in its model.yml`
  throw modelInvalid(file, `its input is ${shapeText(dims)}`, expected)
}
