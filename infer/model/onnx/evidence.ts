/** What a model file shows of itself: input, outputs, metadata, operators. Families are recognised by it. */

import { parseClassNames } from './class-names.js'
import { modelInvalid } from './invalid.js'
import { elementType, type Model, type Node, type ValueInfo } from './proto.js'

export interface ModelEvidence {
  inputName: string
  widthPx: number
  heightPx: number
  batch: 'dynamic' | 1
  opset: number
  /** A dimension that the file leaves open is null. */
  outputs: { name: string; dims: (number | null)[] }[]
  metadata: ReadonlyMap<string, string>
  /** From the metadata, where the exporter wrote them. */
  classNames: string[] | null
  opTypes: ReadonlySet<string>
}

const SIZE_MULTIPLE_PX = 32
const MAX_SIZE_PX = 4096
const OLDEST_OPSET = 11
const EXPECTED_INPUT = 'one float32 image input [N, 3, H, W]'

/** @throws RingsideError `model_invalid` unless the model takes one float image of a fixed size. */
export function gatherEvidence(model: Model, file: string): ModelEvidence {
  const graph = model.graph!
  const metadata = new Map(model.metadataProps.map(({ key, value }) => [key ?? '', value ?? '']))
  const opset = Number(model.opsetImport.find(({ domain }) => !domain || domain === 'ai.onnx')?.version ?? 0)
  if (opset < OLDEST_OPSET) {
    throw modelInvalid(file, `it is of opset ${opset}`, `opset ${OLDEST_OPSET} or newer`)
  }
  const input = imageInput(model, file)
  const size = imageSize(dimsOf(input), metadata, file)
  return {
    inputName: input.name!,
    ...size,
    batch: batchOf(dimsOf(input), file),
    opset,
    outputs: graph.output!.map(output => ({ name: output.name!, dims: dimsOf(output) })),
    metadata,
    classNames: parseClassNames(metadata.get('names') ?? ''),
    opTypes: new Set(graph.node!.map((node: Node) => node.opType ?? '')),
  }
}

export function describeEvidence(evidence: ModelEvidence): string {
  const outputs = evidence.outputs.map(({ name, dims }) => `${name} ${shapeText(dims)}`).join(', ')
  const task = evidence.metadata.get('task')
  return `input ${evidence.inputName} ${evidence.widthPx}×${evidence.heightPx}, outputs ${outputs}${task ? `, task ${task}` : ''}`
}

/** Files of IR 3 list their weights among the inputs. */
function imageInput(model: Model, file: string): ValueInfo {
  const weights = new Set(model.graph!.initializer!.map(({ name }) => name))
  const inputs = model.graph!.input!.filter(({ name }) => !weights.has(name))
  const [input] = inputs
  const dims = input ? dimsOf(input) : []
  const isImage =
    inputs.length === 1 &&
    input!.type?.tensorType?.elemType === elementType.float &&
    dims.length === 4 &&
    dims[1] === 3
  if (isImage) return input!
  const found = inputs.map(
    value => `${value.name} ${shapeText(dimsOf(value))} of type ${value.type?.tensorType?.elemType}`,
  )
  throw modelInvalid(file, `its inputs are ${found.join(', ') || 'none'}`, EXPECTED_INPUT)
}

function batchOf([batch]: (number | null)[], file: string): 'dynamic' | 1 {
  if (batch === null) return 'dynamic'
  if (batch === 1) return 1
  throw modelInvalid(file, `it takes exactly ${batch} images a run`, 'a batch axis of 1 or a dynamic one')
}

/** A model exported with open image axes is used at the size its metadata name. */
function imageSize(dims: (number | null)[], metadata: ReadonlyMap<string, string>, file: string) {
  const named = metadata.get('imgsz')?.match(/\d+/g)?.map(Number) ?? []
  const heightPx = dims[2] ?? named[0] ?? 0
  const widthPx = dims[3] ?? named[1] ?? named[0] ?? 0
  const usable = [heightPx, widthPx].every(px => px > 0 && px <= MAX_SIZE_PX && px % SIZE_MULTIPLE_PX === 0)
  if (usable) return { widthPx, heightPx }
  throw modelInvalid(
    file,
    `its input is ${shapeText(dims)}`,
    `a fixed height and width, multiples of ${SIZE_MULTIPLE_PX} up to ${MAX_SIZE_PX}`,
  )
}

function dimsOf(value: ValueInfo): (number | null)[] {
  const dims = value.type?.tensorType?.shape?.dim ?? []
  return dims.map(({ dimValue, dimParam }) =>
    dimParam || Number(dimValue ?? 0) <= 0 ? null : Number(dimValue),
  )
}

function shapeText(dims: readonly (number | null)[]): string {
  return `[${dims.map(dim => dim ?? '?').join(', ')}]`
}
