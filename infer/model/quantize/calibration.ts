/** What calibration found: the range of every tensor that may become uint8. Made by `calibrate`, used by the pass `int8`, kept as JSON. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'
import { RingsideError } from '../../../shared/errors.js'
import { sha256, writeWhole } from '../cache.js'
import { NAME_PREFIX } from '../onnx/graph-editor.js'
import { type Graph, NodeProto, TensorProto } from '../onnx/proto.js'
import { OUTPUT_NAME } from '../passes/candidates-output.js'

export const calibrationMethods = ['percentile', 'minmax'] as const
export type CalibrationMethod = (typeof calibrationMethods)[number]

const calibrationSchema = Type.Object(
  {
    /** Of the prepared fp32 network that ran: `networkDigest`. */
    network: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    method: Type.Enum([...calibrationMethods]),
    /** Of the values of a tensor, those below the end of its range. 100 with minmax. */
    percentile: Type.Number({ exclusiveMinimum: 50, maximum: 100 }),
    frames: Type.Integer({ minimum: 1 }),
    /** By tensor. `noise`: share of an average channel's variance that uint8 of this range takes away, 0 … 1. */
    tensors: Type.Record(
      Type.String(),
      Type.Object({ min: Type.Number(), max: Type.Number(), noise: Type.Number({ minimum: 0, maximum: 1 }) }),
    ),
  },
  { additionalProperties: false },
)

export type Calibration = Static<typeof calibrationSchema>

const validate = new Ajv({ strict: false }).compile(calibrationSchema)

/** Null where there is none. @throws RingsideError `calibration_invalid` where the file is no calibration. */
export async function readCalibration(file: string): Promise<Calibration | null> {
  let text: string
  try {
    text = await fs.readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const json = parse(text)
  if (validate(json)) return json as Calibration
  const [fault] = validate.errors ?? []
  throw calibrationInvalid(file, `${fault?.instancePath || 'its text'} ${fault?.message ?? 'is no JSON'}`)
}

export async function writeCalibration(file: string, calibration: Calibration): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true })
  await writeWhole(file, `${JSON.stringify(calibration, null, 1)}\n`)
}

/**
 * Of what runs before the candidates are chosen, which is all that ranges depend on: how many are chosen does not matter.
 * @param graph a prepared fp32 graph.
 */
export function networkDigest(graph: Graph): string {
  const inputPart = `${NAME_PREFIX}input/`
  const isNetwork = (name?: string | null) =>
    name !== OUTPUT_NAME && (!name?.startsWith(NAME_PREFIX) || name.startsWith(inputPart))
  const parts = [
    ...graph
      .node!.filter(({ output }) => output!.every(isNetwork))
      .map(node => NodeProto.encode(node).finish()),
    ...graph
      .initializer!.filter(({ name }) => isNetwork(name))
      .map(tensor => TensorProto.encode(tensor).finish()),
  ]
  return sha256(Buffer.from(parts.map(sha256).join()))
}

export function calibrationInvalid(file: string, why: string): RingsideError {
  return new RingsideError('calibration_invalid', `The calibration of ${file} cannot be used: ${why}.`, {
    key: 'model.name',
    value: file,
    remedy: 'Calibrate again: ringside model quantize NAME --images DIR',
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
