/** Brings a model into the registry by its digest: it may be there already, lie in model.modelsDir, or be downloaded. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { stringify } from 'yaml'
import { RingsideError } from '../../../shared/errors.js'
import type { CatalogueEntry } from '../../../shared/model/catalogue-entry.js'
import { freeBytes } from '../../../shared/native/libc.js'
import { ifThere } from '../if-there.js'
import type { ModelPlaces } from '../resolve.js'
import { addModel } from './add.js'
import { digestOf, verifyPinned } from './digest.js'
import { type DownloadOptions, download, type Wanted } from './download.js'
import { checkName, ModelStore, modelExists, type StoredModel } from './store.js'

export interface PullRequest extends Wanted {
  name: string
  licence: string | null
  publishedMapPercent: number | null
  /** Text of the model.yml that it needs. */
  sidecar: string | null
  /** Name of its entry; null for an address that somebody gave. */
  catalogue: string | null
}

export interface Pulled extends StoredModel {
  /** Where the bytes came from. */
  from: 'registry' | 'folder' | 'network'
}

/**
 * @param given the digest that whoever pulls it vouches for; needed where the catalogue states none.
 * @throws RingsideError `invalid_request` where no digest is known, or where the two differ.
 */
export function requestOf(entry: CatalogueEntry, given?: string): PullRequest {
  const { name, address, bytes, licence, publishedMap, sidecar } = entry
  return {
    name,
    address,
    sha256: pinOf(entry, given),
    bytes,
    licence: licence.spdx,
    publishedMapPercent: publishedMap?.percent ?? null,
    sidecar: sidecar ? stringify(sidecar) : null,
    catalogue: name,
  }
}

function pinOf({ name, address, sha256 }: CatalogueEntry, given?: string): string {
  if (sha256 !== null && (given === undefined || given === sha256)) return sha256
  if (sha256 === null && given !== undefined) return given
  const message = sha256
    ? `The catalogue states another digest for ${name}: ${sha256}.`
    : `Nobody states the SHA-256 of ${name}, so that a download could not be held to anything.`
  const remedy = sha256
    ? 'Leave --sha256 away, or find out whose is right before you trust the file.'
    : `Fetch ${address} where you trust the way, then \`ringside model pull ${name} --sha256 …\` with what \`sha256sum\` shows, or \`ringside model add FILE\`.`
  throw new RingsideError('invalid_request', message, { key: '--sha256', value: given ?? '', remedy })
}

/** @throws RingsideError as `download` and `addModel` do; `model_changed` where the registry's own copy is damaged. */
export async function pullModel(
  request: PullRequest,
  places: ModelPlaces,
  options: DownloadOptions,
): Promise<Pulled> {
  checkName(request.name)
  const store = new ModelStore(places.dataDir)
  const stored = await store.find(request.name)
  if (stored) return { ...(await sameAs(stored, request)), from: 'registry' }
  const { name, licence, publishedMapPercent, catalogue, sidecar } = request
  const about = { name, licence, publishedMapPercent, catalogue }
  const local = await inFolder(places.modelsDir, request)
  if (local) {
    const added = await addModel(store, {
      about: { ...about, source: path.basename(local) },
      file: local,
      sidecar,
      move: false,
    })
    return { ...(await sameAs(added, request)), from: 'folder' }
  }
  const file = await fetched(store, request, options)
  const added = await addModel(store, {
    about: { ...about, source: request.address },
    file,
    sidecar,
    move: true,
  })
  return { ...added, from: 'network' }
}

/** @throws RingsideError `model_exists` for other bytes of this name. */
async function sameAs(stored: StoredModel, { name, sha256 }: PullRequest): Promise<StoredModel> {
  if (stored.manifest.sha256 !== sha256) throw modelExists(name)
  await verifyPinned(name, stored.file, sha256)
  return stored
}

async function fetched(store: ModelStore, request: PullRequest, options: DownloadOptions): Promise<string> {
  const incoming = await store.openIncoming()
  const part = path.join(incoming, `${request.sha256}.part`)
  await checkRoom(incoming, part, request)
  await download(part, request, options)
  return part
}

/** Whoever keeps models in a folder of their own needs no network for them, whatever the files are called there. */
async function inFolder(modelsDir: string, { sha256, bytes }: PullRequest): Promise<string | null> {
  if (!modelsDir) return null
  const files = (await fs.readdir(modelsDir)).filter(file => file.endsWith('.onnx'))
  for (const name of files) {
    const file = path.join(modelsDir, name)
    const stat = await ifThere(fs.stat(file)) // a dangling link is no file that could be it
    const mayBe = stat?.isFile() && (bytes === null || stat.size === bytes)
    if (mayBe && (await digestOf(file)) === sha256) return file
  }
  return null
}

async function checkRoom(dir: string, part: string, { name, bytes }: PullRequest): Promise<void> {
  const there = (await ifThere(fs.stat(part)))?.size ?? 0
  const needed = (bytes ?? 0) - there
  const free = freeBytes(dir)
  if (needed <= free) return
  throw new RingsideError('download_failed', `${name} needs ${needed} bytes in ${dir}; ${free} are free.`, {
    key: 'dataDir',
    value: dir,
    remedy: 'Make room, or set RINGSIDE_DATA_DIR to a folder on a larger disk.',
  })
}
