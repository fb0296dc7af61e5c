/** From a model's name, as settings and streams give it, to its file. Looked for in model.modelsDir, then in the registry, then among the shipped ones. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { closest, distance } from 'fastest-levenshtein'
import { RingsideError } from '../../shared/errors.js'
import { joinModelName, type Precision, precisions, splitModelName } from '../../shared/model/model-name.js'
import type { ModelRecord } from '../../shared/model/model-record.js'
import { packageRoot } from '../../shared/process/version.js'
import { verifyPinned } from './registry/digest.js'
import { ModelStore } from './registry/store.js'

/** A model that has been found, not yet looked into. */
export interface ModelFile {
  /** As it was named: @fp16 and @int8 are part of it. */
  name: string
  file: string
  precision: Precision
  /** SHA-256 that the file must have, in hex: models of the registry are pinned. */
  sha256?: string
  /** Where it is known better than its family's. */
  minScore?: number
  /** Holds the calibrations that int8 is made by. */
  calibrationsDir?: string
}

/** A model that a name can be given for, in each of its precisions. */
export interface FoundModel {
  /** Without a precision. */
  name: string
  file: string
  origin: ModelRecord['origin']
  sha256?: string
  minScore?: number
  /** SPDX identifier, where somebody named it. */
  licence?: string
}

/** Where models lie: part of the settings. */
export interface ModelPlaces {
  /** A folder of the operator's; empty: none. */
  modelsDir: string
  /** Holds the registry, in `models/`. */
  dataDir: string
}

const EXTENSION = '.onnx'

/** Comes with Ringside. Its file lies beside the source, not in dist/; its score is its model card's. */
export const shippedModel: ModelFile = {
  name: 'ringside-nano',
  file: path.join(packageRoot, 'infer/model/ringside-nano/ringside_nano_416_w16.onnx'),
  precision: 'fp32',
  minScore: 0.35,
}

export function placesOf(config: { dataDir: string; model: { modelsDir: string } }): ModelPlaces {
  return { modelsDir: config.model.modelsDir, dataDir: config.dataDir }
}

/** What a model runs in that is named without a precision. @param setting `model.precision`. */
export function plainPrecision(setting: 'auto' | Precision, kind: 'cpu' | 'gpu'): Precision {
  if (setting !== 'auto') return setting
  return kind === 'gpu' ? 'fp16' : 'fp32'
}

/**
 * @param wanted a name (a file of `modelsDir` without `.onnx`, a model of the registry, a shipped one) or a path (it has
 *   a `/` or ends in `.onnx`); either with `@fp32`, `@fp16` or `@int8` behind it.
 * @param plain the precision of one that has none behind it.
 * @throws RingsideError `model_not_found`, naming where was looked and the nearest name there is; `invalid_model_name`
 *   for an unknown precision; `model_changed` where a pinned file is another one by now.
 */
export async function resolveModel(
  wanted: string,
  places: ModelPlaces,
  plain: Precision = 'fp32',
): Promise<ModelFile> {
  const { base, precision: named } = split(wanted)
  const precision = base === wanted ? plain : named
  const found = isPath(base) ? await fromPath(base) : await fromName(base, places)
  if (found.sha256) await verifyPinned(found.name, found.file, found.sha256)
  const { file, sha256, minScore } = found
  return {
    name: joinModelName(found.name, named),
    file,
    precision,
    ...(sha256 !== undefined && { sha256 }),
    ...(minScore !== undefined && { minScore }),
    ...(precision === 'int8' && { calibrationsDir: path.join(places.dataDir, 'calibrations') }),
  }
}

/** Every model that a name can be given for, in the order in which they are looked for; of one name the first counts. */
export async function modelFiles(places: ModelPlaces): Promise<FoundModel[]> {
  const { modelsDir } = places
  const inFolder = modelsDir ? (await listFolder(modelsDir)).map(file => fileIn(modelsDir, file)) : []
  const { name, file, minScore } = shippedModel
  const all: FoundModel[] = [
    ...inFolder,
    ...(await inRegistry(places)),
    { name, file, origin: 'shipped', minScore: minScore!, licence: 'Apache-2.0' },
  ]
  const first = new Map<string, FoundModel>()
  for (const model of all) if (!first.has(model.name)) first.set(model.name, model)
  return [...first.values()]
}

function split(wanted: string): { base: string; precision: Precision } {
  const name = splitModelName(wanted)
  if (name) return name
  // A path may hold an `@` of its own; a name may not.
  if (isPath(wanted)) return { base: wanted, precision: 'fp32' }
  throw new RingsideError('invalid_model_name', `The model ${wanted} asks for an unknown precision.`, {
    key: 'model.name',
    value: wanted,
    remedy: `Behind the @ stands one of ${precisions.join(', ')}; without it a model runs in what model.precision says.`,
  })
}

function isPath(text: string): boolean {
  return text.includes('/') || text.endsWith(EXTENSION)
}

async function fromName(base: string, places: ModelPlaces): Promise<FoundModel> {
  const available = await modelFiles(places)
  const found = available.find(({ name }) => name === base)
  if (found) return found
  throw notFound(
    base,
    places,
    available.map(({ name }) => name),
  )
}

async function fromPath(wanted: string): Promise<Omit<FoundModel, 'origin'>> {
  const file = path.resolve(wanted)
  const stat = await fs.stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
  if (stat) return { name: path.basename(file, EXTENSION), file }
  throw new RingsideError('model_not_found', `There is no model file ${file}.`, {
    key: 'model.name',
    value: wanted,
    remedy: 'Give the path of an .onnx file, or a name that `ringside model ls` shows.',
  })
}

function fileIn(modelsDir: string, file: string): FoundModel {
  return {
    name: path.basename(file, EXTENSION),
    file: path.join(path.resolve(modelsDir), file),
    origin: 'folder',
  }
}

async function inRegistry({ dataDir }: ModelPlaces): Promise<FoundModel[]> {
  const stored = await new ModelStore(dataDir).list()
  return stored.map(({ file, manifest }) => ({
    name: manifest.name,
    file,
    origin: 'registry',
    sha256: manifest.sha256,
    ...(manifest.licence !== null && { licence: manifest.licence }),
  }))
}

async function listFolder(modelsDir: string): Promise<string[]> {
  try {
    return (await fs.readdir(modelsDir)).filter(file => file.endsWith(EXTENSION)).sort()
  } catch (cause) {
    throw new RingsideError('invalid_config', 'The folder of models cannot be read.', {
      key: 'model.modelsDir',
      value: modelsDir,
      remedy: 'Give a folder that exists, or leave it empty.',
      cause,
    })
  }
}

function notFound(wanted: string, { modelsDir, dataDir }: ModelPlaces, names: string[]): RingsideError {
  const nearest = closest(wanted, names)
  const near = distance(wanted, nearest) <= Math.max(2, wanted.length / 2)
  const folder = modelsDir ? path.resolve(modelsDir) : 'a folder of yours (model.modelsDir is empty)'
  const where = `${folder}, in the registry ${new ModelStore(dataDir).folder} or among the shipped ones`
  return new RingsideError(
    'model_not_found',
    `There is no model ${wanted} in ${where}.${near ? ` The nearest name is ${nearest}.` : ''}`,
    {
      key: 'model.name',
      value: wanted,
      remedy: `Known: ${names.join(', ')}. \`ringside model pull\` fetches those of the catalogue; a path of an .onnx file is taken too.`,
    },
  )
}
