/** What a model file shows of itself, for people and for lists: read by the loader's child, told as plain JSON. Nothing is rewritten or run. */
import { messageOf, RingsideError } from '../../../shared/errors.js'
import { families } from '../families/recognise.js'
import { dimsOf } from '../onnx/dims.js'
import { gatherEvidence, type ModelEvidence } from '../onnx/evidence.js'
import type { Model, Tensor, ValueInfo } from '../onnx/proto.js'
import type { FamilyName } from '../prepared-model.js'
import type { Sidecar } from '../sidecar.js'
import { specOf } from '../spec.js'

/** Metadata hold what anybody wrote into them. */
const MAX_TEXT = 400
const MAX_ENTRIES = 64

/** Element types of ONNX, by their number in TensorProto.DataType. */
const typeNames =
  'undefined float32 uint8 int8 uint16 int16 int32 int64 string bool float16 float64 uint32 uint64'.split(' ')

export interface InspectedTensor {
  name: string
  type: string
  /** null where the file leaves it open. */
  dims: (number | null)[]
}

/** What Ringside would make of it. */
export interface InspectedSpec {
  family: FamilyName
  widthPx: number
  heightPx: number
  batch: 'dynamic' | 1
  classCount: number
  classNames: string[] | null
  minScore: number
  nms: boolean
}

export interface ModelInspection {
  producer: string
  irVersion: number
  opsets: Record<string, number>
  inputs: InspectedTensor[]
  outputs: InspectedTensor[]
  /** Operator → how often, most frequent first. */
  operators: Record<string, number>
  nodes: number
  /** Numbers in the weights. */
  parameters: number
  metadata: Record<string, string>
  /** Of each family: null where the model fits, else what speaks against it. Empty where no evidence could be gathered. */
  families: Partial<Record<FamilyName, string | null>>
  /** null where it cannot be used; `problem` then says why. */
  spec: InspectedSpec | null
  problem: string | null
  /** What to do about it. */
  remedy: string | null
}

/** @param model parsed and checked. */
export function inspectModel(model: Model, file: string, sidecar: Sidecar): ModelInspection {
  const graph = model.graph!
  const weights = new Set(graph.initializer!.map(({ name }) => name))
  return {
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    irVersion: Number(model.irVersion),
    opsets: Object.fromEntries(
      model.opsetImport.map(each => [each.domain || 'ai.onnx', Number(each.version)]),
    ),
    inputs: graph.input!.filter(({ name }) => !weights.has(name)).map(tensorOf),
    outputs: graph.output!.map(tensorOf),
    operators: histogram(graph.node!.map(({ opType }) => opType ?? '')),
    nodes: graph.node!.length,
    parameters: graph.initializer!.reduce((sum, tensor) => sum + elementsOf(tensor), 0),
    metadata: Object.fromEntries(
      model.metadataProps.slice(0, MAX_ENTRIES).map(({ key, value }) => [key ?? '', shorten(value ?? '')]),
    ),
    ...judge(model, file, sidecar),
  }
}

type Judgement = Pick<ModelInspection, 'families' | 'spec' | 'problem' | 'remedy'>

function judge(model: Model, file: string, sidecar: Sidecar): Judgement {
  let verdicts: ModelInspection['families'] = {}
  try {
    const evidence = gatherEvidence(model, file, sidecar)
    verdicts = verdictsOf(evidence)
    const { family, head, widthPx, heightPx, batch, classNames, minScore, nms } = specOf(
      evidence,
      file,
      sidecar,
    )
    const { classCount } = head
    const spec = { family: family.name, widthPx, heightPx, batch, classCount, classNames, minScore, nms }
    return { families: verdicts, spec, problem: null, remedy: null }
  } catch (error) {
    const remedy = error instanceof RingsideError ? (error.remedy ?? null) : null
    return { families: verdicts, spec: null, problem: messageOf(error), remedy }
  }
}

function verdictsOf(evidence: ModelEvidence): ModelInspection['families'] {
  return Object.fromEntries(
    Object.values(families).map(family => {
      const verdict = family.recognise(evidence)
      return [family.name, typeof verdict === 'string' ? verdict : null]
    }),
  )
}

function tensorOf(value: ValueInfo): InspectedTensor {
  const type = Number(value.type?.tensorType?.elemType ?? 0)
  return { name: value.name!, type: typeNames[type] ?? `type ${type}`, dims: [...dimsOf(value)] }
}

function elementsOf(tensor: Tensor): number {
  return (tensor.dims ?? []).reduce((product, dim) => product * Number(dim), 1)
}

function histogram(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || a.localeCompare(b)))
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`
}
