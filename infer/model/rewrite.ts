/** The passes that make a prepared graph of a model file, in order. Nothing is read or kept here: bytes in, bytes out. */
import { monotonicMs } from '../../shared/clock.js'
import type { PreparedFacts } from './cache.js'
import { families } from './families/recognise.js'
import { gatherEvidence } from './onnx/evidence.js'
import { type Model, ModelProto, type Tensor } from './onnx/proto.js'
import { importStep, parseModel } from './onnx/read-model.js'
import { batchAxis } from './passes/batch-axis.js'
import { candidatesOf, candidatesOutput } from './passes/candidates-output.js'
import { dropUnused } from './passes/drop-unused.js'
import { fixedInputs } from './passes/fixed-inputs.js'
import { foldConstants } from './passes/fold/fold-constants.js'
import { fp16 } from './passes/fp16/fp16.js'
import { halfInput } from './passes/half-input.js'
import { i420Input } from './passes/i420-input.js'
import { int8 } from './passes/int8.js'
import { lateDecode } from './passes/late-decode/late-decode.js'
import { ownNames } from './passes/own-names.js'
import { packedStem } from './passes/packed-stem.js'
import type { Pass, PassContext, PassReport, PrepareOptions } from './passes/pass.js'
import type { Sidecar } from './sidecar.js'
import { type ModelSpec, specOf } from './spec.js'

export const MAX_CANDIDATES = 300

export const defaultOptions: PrepareOptions = {
  precision: 'fp32',
  device: 'cpu',
  maxCandidates: MAX_CANDIDATES,
}

export const passes: readonly Pass[] = [
  ownNames,
  foldConstants,
  batchAxis,
  packedStem,
  i420Input,
  halfInput,
  fixedInputs,
  candidatesOutput,
  lateDecode,
  fp16,
  dropUnused,
  int8,
]

/** Every step that a prepared file depends on, with its version. */
export const stepVersions: readonly string[] = [importStep, ...passes, ...Object.values(families)].map(
  ({ name, version }) => `${name}@${version}`,
)

export interface Rewritten {
  bytes: Uint8Array
  facts: PreparedFacts
}

export interface RewriteRequest {
  options: PrepareOptions
  sidecar: Sidecar
  /** What the graph shall take: as its file says where left out. Whether it can is for a trial to show. */
  batch?: 'dynamic' | 1
}

/**
 * @param file names the source in errors.
 * @throws RingsideError `model_invalid` or `model_family_unknown`.
 */
export function rewriteModel(
  source: Buffer,
  file: string,
  { options, sidecar, batch }: RewriteRequest = { options: defaultOptions, sidecar: {} },
): Rewritten {
  const model = parseModel(source, file)
  const declared = specOf(gatherEvidence(model, file, sidecar), file, sidecar)
  const spec = { ...declared, batch: batch ?? declared.batch }
  const reports = passes.map(pass => reported(pass, model, { file, spec, options }))
  return { bytes: ModelProto.encode(model).finish(), facts: { ...factsOf(spec, options), passes: reports } }
}

function reported(pass: Pass, model: Model, context: PassContext): PassReport {
  const [nodesBefore, parametersBefore] = sizeOf(model)
  const startedMs = monotonicMs()
  pass.apply(model, context)
  const ms = Math.round((monotonicMs() - startedMs) * 10) / 10
  const [nodesAfter, parametersAfter] = sizeOf(model)
  const name = `${pass.name}@${pass.version}`
  return { pass: name, nodesBefore, nodesAfter, parametersBefore, parametersAfter, ms }
}

function sizeOf({ graph }: Model): [nodes: number, parameters: number] {
  const elements = ({ dims }: Tensor): number => (dims ?? []).reduce((all, dim) => all * Number(dim), 1)
  return [graph!.node!.length, graph!.initializer!.reduce((sum, tensor) => sum + elements(tensor), 0)]
}

function factsOf(spec: ModelSpec, options: PrepareOptions): Omit<PreparedFacts, 'passes'> {
  const { widthPx, heightPx, batch, classNames, family, head, letterbox, nms, minScore } = spec
  return {
    family: family.name,
    widthPx,
    heightPx,
    letterbox,
    batch,
    classCount: head.classCount,
    classNames,
    minScore,
    maxCandidates: candidatesOf(head, options.maxCandidates),
    nms,
  }
}
