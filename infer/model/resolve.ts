/** From the model's name in the settings to its file. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { closest, distance } from 'fastest-levenshtein'
import { RingsideError } from '../../shared/errors.js'
import { packageRoot } from '../../shared/process/version.js'

/** A model that has been found, not yet looked into. */
export interface ModelFile {
  name: string
  file: string
  /** Where it is known better than its family's. */
  minScore?: number
}

const EXTENSION = '.onnx'

/** Comes with Ringside. Its file lies beside the source, not in dist/; its score is its model card's. */
export const shippedModel: ModelFile = {
  name: 'ringside-nano',
  file: path.join(packageRoot, 'infer/model/ringside-nano/ringside_nano_416_w16.onnx'),
  minScore: 0.35,
}

/**
 * @param wanted a path (it has a `/` or ends in `.onnx`), a file of `modelsDir` without `.onnx`, or the shipped one.
 * @param modelsDir may be empty: then only paths and the shipped model are found.
 * @throws RingsideError `model_not_found`, naming where was looked and the nearest name there is.
 */
export async function resolveModel(wanted: string, modelsDir: string): Promise<ModelFile> {
  if (wanted.includes('/') || wanted.endsWith(EXTENSION)) return fromPath(wanted)
  const available = await modelFiles(modelsDir)
  const found = available.find(({ name }) => name === wanted)
  if (found) return found
  throw notFound(
    wanted,
    modelsDir,
    available.map(({ name }) => name),
  )
}

/** Every model that a name can be given for; a file of `modelsDir` hides a shipped one of the same name. */
export async function modelFiles(modelsDir: string): Promise<ModelFile[]> {
  const inFolder = modelsDir ? (await listFolder(modelsDir)).map(file => fileIn(modelsDir, file)) : []
  const hidden = inFolder.some(({ name }) => name === shippedModel.name)
  return hidden ? inFolder : [...inFolder, shippedModel]
}

async function fromPath(wanted: string): Promise<ModelFile> {
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

function fileIn(modelsDir: string, file: string): ModelFile {
  return { name: path.basename(file, EXTENSION), file: path.join(path.resolve(modelsDir), file) }
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

function notFound(wanted: string, modelsDir: string, names: string[]): RingsideError {
  const nearest = closest(wanted, names)
  const near = distance(wanted, nearest) <= Math.max(2, wanted.length / 2)
  const where = modelsDir
    ? `${path.resolve(modelsDir)} or among the shipped ones`
    : 'among the shipped ones (model.modelsDir is empty)'
  return new RingsideError(
    'model_not_found',
    `There is no model ${wanted} in ${where}.${near ? ` The nearest name is ${nearest}.` : ''}`,
    {
      key: 'model.name',
      value: wanted,
      remedy: `Known: ${names.join(', ')}. Or give the path of an .onnx file.`,
    },
  )
}
