/** `manifest.json` of a model in the registry: where it comes from, and the digest that its file is held to. */
import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'
import { baseNamePattern } from '../../../shared/model/model-name.js'

export const sha256Pattern = '^[0-9a-f]{64}$'

export const manifestSchema = Type.Object(
  {
    version: Type.Literal(1),
    name: Type.String({ pattern: baseNamePattern }),
    /** Of model.onnx, in hex. */
    sha256: Type.String({ pattern: sha256Pattern }),
    bytes: Type.Integer({ minimum: 1 }),
    /** The address it was pulled from, or the name of the file that was added. */
    source: Type.String(),
    /** SPDX identifier, as the catalogue or the operator names it. */
    licence: Type.Union([Type.String(), Type.Null()]),
    addedAtMs: Type.Number(),
    /** COCO val2017 mAP@50:95 in percent, as its project publishes it. */
    publishedMapPercent: Type.Union([Type.Number(), Type.Null()]),
    /** The entry of the catalogue that it was pulled by. */
    catalogue: Type.Union([Type.String(), Type.Null()]),
  },
  { additionalProperties: false },
)
export type Manifest = Static<typeof manifestSchema>

const validate = new Ajv({ strict: false }).compile(manifestSchema)

export function encodeManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** @returns the manifest, or what is wrong with the text. */
export function parseManifest(text: string): Manifest | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'it is not JSON'
  }
  if (validate(value)) return value as Manifest
  const [fault] = validate.errors ?? []
  return `${fault?.instancePath || 'it'} ${fault?.message}`
}
