/** The command line of a model job. Who asks over REST names models and, under two folders, files: nothing else of the host can be read by it. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { RingsideError } from '../../shared/errors.js'
import type { ModelJobRequest } from '../../shared/model/model-job.js'
import type { ModelPlaces } from '../model/resolve.js'

type Value = string | number | boolean

/** Of each kind: how its options are written, where other than `--name value`. */
const pathOptions = new Set(['images', 'labels', 'clip'])

/**
 * @returns what follows `ringside model`.
 * @throws RingsideError `invalid_request` for a path that lies elsewhere, or is not there.
 */
export async function jobArguments(request: ModelJobRequest, places: ModelPlaces): Promise<string[]> {
  const { kind, model, options } = request
  if (kind === 'add') return addArguments(model, options)
  if (kind === 'rm') return ['rm', '--json', '--force', '--', model]
  const flags = kind === 'profile' ? ['--here'] : [] // else it would ask us
  for (const [name, value] of Object.entries(options)) flags.push(...(await flagOf(name, value, places)))
  return [kind, '--json', ...flags, '--', model]
}

/** The file is one that publish received: its path is ours, not the caller's. */
function addArguments(name: string, { file, sha256, licence }: Readonly<Record<string, Value>>): string[] {
  const flags = Object.entries({ name, sha256, licence }).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, String(value)],
  )
  return ['add', '--json', ...flags, '--', String(file)]
}

async function flagOf(name: string, value: Value, places: ModelPlaces): Promise<string[]> {
  const flag = `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
  if (value === false) return []
  if (value === true) return [flag]
  return [flag, pathOptions.has(name) ? await allowedPath(name, String(value), places) : String(value)]
}

/** Links are followed before they are judged. */
async function allowedPath(key: string, value: string, { dataDir, modelsDir }: ModelPlaces): Promise<string> {
  const datasets = path.join(dataDir, 'datasets')
  const real = await realPath(path.resolve(datasets, value))
  const roots = await Promise.all([datasets, ...(modelsDir ? [modelsDir] : [])].map(realPath))
  if (real && roots.some(root => root && (real === root || real.startsWith(root + path.sep)))) return real
  throw new RingsideError('invalid_request', `There is no ${key} ${value} in a folder that jobs may read.`, {
    key,
    value,
    remedy: `Put it under ${datasets}${modelsDir ? ` or ${modelsDir}` : ''}; \`ringside model …\` on the host takes any path.`,
  })
}

async function realPath(target: string): Promise<string | null> {
  return fs.realpath(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EACCES') return null
    throw error
  })
}
