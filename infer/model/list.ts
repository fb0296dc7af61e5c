/** What a name can be given for, looked into: what each model file is, or why it cannot be used. The work on a file is kept until the file changes. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../../shared/errors.js'
import type { ModelRecord } from '../../shared/model/model-record.js'
import { classNamesFor } from './classes.js'
import { MAX_MODEL_BYTES } from './onnx/read-model.js'
import { modelChanged, rememberedDigestOf, stampOf } from './registry/digest.js'
import { inspectFile } from './registry/inspect-file.js'
import { type FoundModel, type ModelPlaces, modelFiles } from './resolve.js'

/** A model in its plain precision. */
export interface ListedModel extends Omit<ModelRecord, 'precision'> {
  path: string
}

type Facts = Pick<ListedModel, 'family' | 'widthPx' | 'heightPx' | 'classes' | 'problem'>

const unknown: Facts = { family: null, widthPx: null, heightPx: null, classes: [], problem: null }

/** path → what was found in it, and the state of the files it was found in. */
const looked = new Map<string, { stamp: string; facts: Facts }>()

/** @throws RingsideError `invalid_config` where the folder itself cannot be read. */
export async function listModels(places: ModelPlaces): Promise<ListedModel[]> {
  const found = await modelFiles(places)
  for (const file of looked.keys()) if (!found.some(model => model.file === file)) looked.delete(file)
  const listed: ListedModel[] = []
  // One after another: each is read whole.
  for (const model of found) listed.push(await lookInto(model))
  return listed
}

async function lookInto({ name, file, origin, sha256, licence }: FoundModel): Promise<ListedModel> {
  const known = { name, path: file, origin, licence: licence ?? null }
  try {
    const stat = await fs.stat(file)
    // What is no model for its size alone is not read to its end.
    const isReadable = stat.isFile() && stat.size <= MAX_MODEL_BYTES
    const digest = isReadable ? await rememberedDigestOf(file, stat) : null
    const changed = sha256 && digest && digest !== sha256 ? modelChanged(name, file, sha256, digest) : null
    const facts = changed ? { ...unknown, problem: changed.message } : await factsOf(file, stampOf(stat))
    return { ...known, bytes: stat.size, digest, ...facts }
  } catch (error) {
    return { ...known, bytes: null, digest: null, ...unknown, problem: messageOf(error) }
  }
}

async function factsOf(file: string, own: string): Promise<Facts> {
  const stamp = [own, ...(await Promise.all(besides(file).map(stampIfThere)))].join('\n')
  const known = looked.get(file)
  if (known?.stamp === stamp) return known.facts
  const facts = await recognised(file)
  looked.set(file, { stamp, facts })
  return facts
}

async function recognised(file: string): Promise<Facts> {
  try {
    const { spec, problem } = await inspectFile(file)
    if (!spec) return { ...unknown, problem }
    const { family, widthPx, heightPx, classCount, classNames } = spec
    const classes = await classNamesFor(file, classCount, classNames)
    return { family, widthPx, heightPx, classes, problem: null }
  } catch (error) {
    return { ...unknown, problem: messageOf(error) }
  }
}

/** Files that say more of a model than it does itself. */
function besides(file: string): string[] {
  const base = file.replace(/\.onnx$/, '')
  const shared = path.join(path.dirname(file), 'model.yml')
  return [`${base}.model.yml`, shared, `${base}.classes.txt`, `${file}.classes.txt`]
}

async function stampIfThere(file: string): Promise<string> {
  const stat = await fs.stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  return stat ? stampOf(stat) : '-'
}
