/** Pass: convolutions and what lies between them compute in int8, by the ranges of a calibration. Written as QuantizeLinear and DequantizeLinear, which any ONNX runtime takes. */
import { RingsideError } from '../../../shared/errors.js'
import type { Graph } from '../onnx/proto.js'
import { type Quantisation, quantisationOf, type Range } from '../quantize/arithmetic.js'
import { type Calibration, calibrationInvalid, networkDigest } from '../quantize/calibration.js'
import { headChannelsLast } from '../quantize/head-layout.js'
import { raiseOpset } from '../quantize/opset.js'
import { type Plan, planOf } from '../quantize/plan.js'
import { writeQdq } from '../quantize/qdq.js'
import { foldStem } from '../quantize/stem.js'
import { dropUnused } from './drop-unused.js'
import type { Pass } from './pass.js'

/** A tensor that loses more of an average channel stays float. Chosen by measurement: docs/decisions/0008-int8.md. */
const MOST_NOISE = 0.1
/** x · sigmoid(x) is nearly zero below: finer steps are worth more than telling −9 from −20. */
const LEAST_SILU_INPUT = -8
/** Scores of 0.03 % to 99.8 %. Frames without a sure detection would otherwise cap the score of every later one. */
const LOGITS: Range = [-8, 6]

/** Last of all: what it leaves unused, it drops itself. */
export const int8: Pass = {
  name: 'int8',
  version: 3,
  apply(model, context): void {
    const { file, spec, options } = context
    if (options.precision !== 'int8') return
    const graph = model.graph!
    const { tensors } = calibrationOf(graph, options.calibration, file)
    const opset = raiseOpset(model, file)
    foldStem(graph, spec, opset)
    headChannelsLast(graph, opset)
    const plan = planOf(graph, noisyTensors(tensors))
    writeQdq(graph, opset, plan, quantisationsOf(plan, tensors, file))
    dropUnused.apply(model, context)
  },
}

function calibrationOf(graph: Graph, calibration: Calibration | undefined, file: string): Calibration {
  if (!calibration) {
    throw new RingsideError('calibration_missing', 'int8 takes a calibration, and the model has none.', {
      key: 'model.name',
      value: file,
      remedy: 'Make one: ringside model quantize NAME --images DIR (or --clip FILE)',
    })
  }
  if (calibration.network === networkDigest(graph)) return calibration
  throw calibrationInvalid(
    file,
    'it is of another graph: the model, its sidecar or the passes have changed since',
  )
}

function noisyTensors(tensors: Calibration['tensors']): ReadonlySet<string> {
  return new Set(Object.entries(tensors).flatMap(([name, { noise }]) => (noise > MOST_NOISE ? [name] : [])))
}

/** By tensor. Those of a group share the range that holds all of theirs. */
function quantisationsOf(
  plan: Plan,
  tensors: Calibration['tensors'],
  file: string,
): ReadonlyMap<string, Quantisation> {
  const groups = new Map<string, Range>()
  for (const name of plan.tensors) {
    const [min, max] = rangeOf(name, plan, tensors, file)
    const group = plan.groupOf(name)
    const known = groups.get(group)
    groups.set(group, known ? [Math.min(known[0], min), Math.max(known[1], max)] : [min, max])
  }
  return new Map(plan.tensors.map(name => [name, quantisationOf(groups.get(plan.groupOf(name))!)]))
}

function rangeOf(name: string, plan: Plan, tensors: Calibration['tensors'], file: string): Range {
  if (plan.sigmoids.has(name)) return [0, 1]
  const found = tensors[name]
  if (!found) throw calibrationInvalid(file, `it has no range of tensor ${name}`)
  const { min, max } = found
  if (plan.logits.has(name)) return [Math.min(min, LOGITS[0]), Math.max(max, LOGITS[1])]
  return [plan.siluInputs.has(name) ? Math.max(min, LEAST_SILU_INPUT) : min, max]
}
