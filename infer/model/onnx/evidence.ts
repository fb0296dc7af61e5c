/** What a model file shows of itself: inputs, outputs, metadata, operators; completed by what its sidecar says. Families are recognised by it. */
import { type FamilyName, familyNames } from '../prepared-model.js'
import type { Sidecar } from '../sidecar.js'
import { parseClassNames } from './class-names.js'
import { type Dims, dimsOf, shapeText } from './dims.js'
import { imageInput } from './image-input.js'
import { modelInvalid } from './invalid.js'
import type { Model, Node, ValueInfo } from './proto.js'
import { Provenance, type Selection } from './provenance.js'

export interface TensorEvidence {
  name: string
  /** A dimension that the file leaves open is null. */
  dims: Dims
  /** Of ONNX's TensorProto.DataType. */
  elemType: number
}

export interface OutputEvidence extends TensorEvidence {
  /** The operators that last computed its values, seen through those that only move them. */
  madeBy: ReadonlySet<string>
}

export interface ModelEvidence {
  /** The image input. */
  inputName: string
  inputType: number
  widthPx: number
  heightPx: number
  batch: 'dynamic' | 1
  /** Inputs beside the image. */
  extraInputs: TensorEvidence[]
  opset: number
  outputs: OutputEvidence[]
  selection: Selection
  metadata: ReadonlyMap<string, string>
  /** From the sidecar, else from the metadata, where the exporter wrote them. */
  classNames: string[] | null
  /** Of the anchor grids, from the sidecar, else from the metadata. */
  stridesPx: readonly number[] | null
  /** The family that the sidecar or the metadata name; its shapes must still fit. */
  claimed: FamilyName | null
  opTypes: ReadonlySet<string>
}

const OLDEST_OPSET = 11

/** @throws RingsideError `model_invalid` unless the model takes one float image of a size that is known. */
export function gatherEvidence(model: Model, file: string, sidecar: Sidecar = {}): ModelEvidence {
  const graph = model.graph!
  const metadata = new Map(model.metadataProps.map(({ key, value }) => [key ?? '', value ?? '']))
  const provenance = new Provenance(graph)
  const outputs = graph.output!.map(tensorEvidence)
  const opset = opsetOf(model, file)
  const stridesPx = sidecar.stridesPx ?? metadataStrides(metadata)
  const { image, others } = imageInput(graph, metadata, sidecar, file)
  return {
    ...image,
    extraInputs: others.map(tensorEvidence),
    opset,
    outputs: outputs.map(output => ({ ...output, madeBy: provenance.madeBy(output.name) })),
    selection: provenance.selectionOf(outputs.map(({ name }) => name)),
    metadata,
    classNames: sidecar.classes ?? parseClassNames(metadata.get('names') ?? ''),
    stridesPx,
    claimed: sidecar.family ?? familyNames.find(name => name === metadata.get('layout')) ?? null,
    opTypes: new Set(graph.node!.map((node: Node) => node.opType ?? '')),
  }
}

export function describeEvidence(evidence: ModelEvidence): string {
  const outputs = evidence.outputs.map(({ name, dims }) => `${name} ${shapeText(dims)}`).join(', ')
  const extra = evidence.extraInputs.map(({ name, dims }) => `, ${name} ${shapeText(dims)}`).join('')
  const task = evidence.metadata.get('task')
  return `input ${evidence.inputName} ${evidence.widthPx}×${evidence.heightPx}${extra}, outputs ${outputs}${task ? `, task ${task}` : ''}`
}

function opsetOf(model: Model, file: string): number {
  const opset = Number(model.opsetImport.find(({ domain }) => !domain || domain === 'ai.onnx')?.version ?? 0)
  if (opset >= OLDEST_OPSET) return opset
  throw modelInvalid(file, `it is of opset ${opset}`, `opset ${OLDEST_OPSET} or newer`)
}

function tensorEvidence(value: ValueInfo): TensorEvidence {
  return { name: value.name!, dims: dimsOf(value), elemType: value.type?.tensorType?.elemType ?? 0 }
}

/** `strides` lists them (our own models); Ultralytics writes the largest as `stride`, which tells of a fourth grid. */
function metadataStrides(metadata: ReadonlyMap<string, string>): number[] | null {
  const listed = metadata.get('strides')?.match(/\d+/g)?.map(Number)
  if (listed?.length) return listed
  return Number(metadata.get('stride')) === 64 ? [8, 16, 32, 64] : null
}
