/** Runs a prepared float graph on frames, and notes the range of every tensor that int8 may quantise. */
import { GraphRun, type NamedTensors } from '../../engine/onnxruntime/graph-run.js'
import { dimsOf } from '../onnx/dims.js'
import { elementType, type Graph, type Model, ModelProto } from '../onnx/proto.js'
import { INPUT_NAME } from '../passes/i420-input.js'
import { type Calibration, type CalibrationMethod, calibrationInvalid, networkDigest } from './calibration.js'
import { Observation } from './observation.js'
import { planOf } from './plan.js'

export interface CalibrateOptions {
  method: CalibrationMethod
  /** Above 50, at most 100. Not looked at with minmax. */
  percentile: number
  threads: number
  /** Called after each frame with how many there were. */
  onFrame?: (count: number) => void
}

/** Of the method `percentile`: chosen by measurement, see docs/decisions/0008-int8.md. */
export const DEFAULT_PERCENTILE = 99.999

/** All at once would be hundreds of megabytes; what is not fetched by a run is not kept by it. */
const TENSORS_A_RUN = 24

/**
 * Memory stays bounded however many frames there are; the order of the frames changes nothing.
 * @param prepared bytes of a prepared fp32 graph.
 * @param frames I420 frames of the model's size.
 * @throws RingsideError `engine_failed`, or `calibration_invalid` where there was no frame.
 */
export async function calibrate(
  prepared: Uint8Array,
  frames: AsyncIterable<Uint8Array>,
  options: CalibrateOptions,
): Promise<Calibration> {
  const model = ModelProto.decode(prepared)
  const { tensors, sigmoids } = planOf(model.graph!, new Set())
  const observed = new Map(tensors.filter(name => !sigmoids.has(name)).map(name => [name, new Observation()]))
  const run = new GraphRun(withOutputs(model, [...observed.keys()]), { threads: options.threads })
  let count = 0
  try {
    for await (const frame of frames) {
      await observe(run, inputsOf(model.graph!, frame), observed)
      count += 1
      options.onFrame?.(count)
    }
  } finally {
    await run.close()
  }
  if (count === 0) throw calibrationInvalid('the model', 'there was no frame')
  const { method } = options
  const percentile = method === 'minmax' ? 100 : options.percentile
  const found = [...observed].map(([name, observation]) => [name, observation.summary(percentile)] as const)
  return {
    network: networkDigest(model.graph!),
    method,
    percentile,
    frames: count,
    tensors: Object.fromEntries(found),
  }
}

async function observe(
  run: GraphRun,
  inputs: NamedTensors,
  observed: Map<string, Observation>,
): Promise<void> {
  const names = [...observed.keys()]
  for (let i = 0; i < names.length; i += TENSORS_A_RUN) {
    const outputs = await run.run(inputs, names.slice(i, i + TENSORS_A_RUN))
    for (const [name, { data, dims }] of Object.entries(outputs))
      observed.get(name)!.add(data as Float32Array, dims)
  }
}

function inputsOf(graph: Graph, data: Uint8Array): NamedTensors {
  const [, rows, widthPx] = dimsOf(graph.input!.find(({ name }) => name === INPUT_NAME)!)
  return { [INPUT_NAME]: { type: 'uint8', data, dims: [1, rows!, widthPx!] } }
}

function withOutputs(model: Model, tensors: readonly string[]): Uint8Array {
  const type = { tensorType: { elemType: elementType.float } }
  const graph = { ...model.graph!, output: tensors.map(name => ({ name, type })) }
  return ModelProto.encode(ModelProto.create({ ...model, graph })).finish()
}
