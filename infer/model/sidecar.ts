/** What the owner of a model file says about it in a `model.yml` beside it: overrides of family, input and classes. Read here, applied in `evidence` and `spec`. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import { closest } from 'fastest-levenshtein'
import Type, { type Static } from 'typebox'
import { parse as parseYaml, YAMLError } from 'yaml'
import { messageOf, RingsideError } from '../../shared/errors.js'
import { familyNames } from './prepared-model.js'

const closed = { additionalProperties: false } as const
const sizePx = Type.Integer({ description: 'Pixels, of a model with open axes.', minimum: 32, maximum: 4096 })
const three = (description: string, minimum: number) =>
  Type.Array(Type.Number({ minimum, maximum: 1e6 }), { description, minItems: 3, maxItems: 3 })

export const sidecarSchema = Type.Object(
  {
    family: Type.Enum([...familyNames], { description: `One of ${familyNames.join(', ')}.` }),
    input: Type.Object({ widthPx: sizePx, heightPx: sizePx }, closed),
    channels: Type.Enum(['rgb', 'bgr'], { description: 'Order of the colour planes: rgb or bgr.' }),
    scale: Type.Union([Type.Literal('1/255'), Type.Number({ exclusiveMinimum: 0, maximum: 1 })], {
      description: 'What a value 0 … 255 is multiplied with first: 1, or 1/255.',
    }),
    mean: three('Subtracted after scaling, one number a channel, in the order of channels.', -1e6),
    std: three('What is divided by after that, one number above 0 a channel.', 1e-6),
    pad: Type.Object(
      {
        value: Type.Integer({ description: 'Grey level of the padding, 0 … 255.', minimum: 0, maximum: 255 }),
        anchor: Type.Enum(['top_left', 'center', 'stretch'], {
          description: 'Where the picture lies in the input: top_left, center, or stretch (no padding).',
        }),
      },
      closed,
    ),
    classes: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
      description: 'Class names, in the order of their indices.',
      minItems: 1,
      maxItems: 10_000,
    }),
    stridesPx: Type.Array(Type.Integer({ minimum: 1, maximum: 256 }), {
      description: 'Strides of the anchor grids, in the order of the output’s rows.',
      minItems: 1,
      maxItems: 8,
    }),
    minScore: Type.Number({ description: 'Detections below it are noise, 0 … 1.', minimum: 0, maximum: 1 }),
    nms: Type.Boolean({ description: 'Whether boxes of one object repeat, so that suppression is needed.' }),
  },
  closed,
)

type Required = Static<typeof sidecarSchema>
/** Each key as in the file; `{}` where there is none. Plain JSON: prepared files are cached by it. */
export type Sidecar = { [Key in keyof Required]?: Key extends 'pad' ? Partial<Required[Key]> : Required[Key] }

const MAX_BYTES = 2 ** 20
const SUFFIX = '.model.yml'
const SHARED_NAME = 'model.yml'

// Every key may be left out, those of `pad` as well; one side of a size alone says nothing.
const { properties } = sidecarSchema
const optional = Type.Object({ ...properties, pad: Type.Partial(properties.pad, closed) }, closed)
const validate = new Ajv({ strict: false, verbose: true, allErrors: true }).compile(
  Type.Partial(optional, closed),
)

/**
 * @param modelFile `foo.onnx`: the sidecar is `foo.model.yml` beside it, or `model.yml` where the folder holds no other .onnx.
 * @throws RingsideError `sidecar_invalid`, naming the key, the value and the remedy.
 */
export async function readSidecar(modelFile: string): Promise<Sidecar> {
  const { dir, name } = path.parse(modelFile)
  const own = path.join(dir, `${name}${SUFFIX}`)
  const text = await readIfThere(own)
  if (text !== null) return parseSidecar(text, own)
  const shared = path.join(dir, SHARED_NAME)
  const sharedText = await readIfThere(shared)
  if (sharedText === null || !(await isAlone(modelFile))) return {}
  return parseSidecar(sharedText, shared)
}

/** @param file names the sidecar in errors. */
export function parseSidecar(text: string, file: string): Sidecar {
  const tree = parseTree(text, file)
  if (!validate(tree)) throw describe(mostTelling(validate.errors!), file)
  return tree as Sidecar
}

function parseTree(text: string, file: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 20 }) ?? {}
  } catch (cause) {
    if (!(cause instanceof YAMLError) && !(cause instanceof ReferenceError)) throw cause
    throw invalid(file, `${file} is not valid YAML: ${messageOf(cause)}`, SHARED_NAME, { cause })
  }
}

/** An unknown key goes before the key that is missing for it, and a choice before each of its alternatives. */
function mostTelling(errors: readonly ErrorObject[]): ErrorObject {
  const find = (wanted: string) => errors.find(({ keyword }) => keyword === wanted)
  return find('additionalProperties') ?? find('anyOf') ?? errors[0]!
}

function describe(error: ErrorObject, file: string): RingsideError {
  const at = error.instancePath.slice(1).replaceAll('/', '.')
  if (error.keyword === 'additionalProperties') {
    const key = [at, String(error.params.additionalProperty)].filter(Boolean).join('.')
    const remedy = `Did you mean ${closest(key, knownKeys())}? Known: ${knownKeys().join(', ')}.`
    return invalid(file, `There is no key ${key} in a sidecar.`, key, { remedy })
  }
  const value = JSON.stringify(error.data)?.slice(0, 200)
  const meaning = (error.parentSchema as { description?: string } | undefined)?.description
  const found = at ? `The key ${at} is ${value}, but it ${error.message}.` : `It is ${value}, no map of keys.`
  const remedy = meaning ? `It means: ${meaning}` : `Known keys: ${knownKeys().join(', ')}.`
  return invalid(file, `${found.slice(0, -1)} (${file}).`, at || SHARED_NAME, { value, remedy })
}

function invalid(
  file: string,
  message: string,
  key: string,
  { value = file, remedy = 'Mend the file, or take it away.', cause }: InvalidDetail,
): RingsideError {
  return new RingsideError('sidecar_invalid', message, { key, value, remedy, cause })
}

interface InvalidDetail {
  value?: string | undefined
  remedy?: string
  cause?: unknown
}

function knownKeys(): string[] {
  return Object.entries(properties).flatMap(([key, schema]) =>
    'properties' in schema ? Object.keys(schema.properties).map(name => `${key}.${name}`) : [key],
  )
}

async function isAlone(modelFile: string): Promise<boolean> {
  const files = await fs.readdir(path.dirname(path.resolve(modelFile)))
  return files.filter(file => file.endsWith('.onnx')).length === 1
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    const { size } = await fs.stat(file)
    if (size > MAX_BYTES)
      throw invalid(file, `The sidecar has ${size} bytes; at most ${MAX_BYTES} are read.`, SHARED_NAME, {})
    return await fs.readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
