/** The provider’s files, from an archive or a folder, copied into a staging folder and held to a known build. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { providerFiles } from '../../infer/engine/native/provider.js'
import { digestOf } from '../../infer/model/registry/digest.js'
import { copyDurably } from '../../infer/model/registry/durable.js'
import { messageOf, RingsideError } from '../../shared/errors.js'
import { type Edition, editions, type FileDigest } from './catalogue.js'
import { invalid, wrongDigest } from './errors.js'
import { extract } from './tar.js'

export interface Collected {
  /** null: vouched for by a digest that somebody gave. */
  edition: Edition | null
  files: Record<string, FileDigest>
}

const names: readonly string[] = Object.values(providerFiles)
const NEEDED = [providerFiles.shared, providerFiles.cuda]

/**
 * @param vouched SHA-256 that whoever gives the archive vouches for; null: it must be that of an edition.
 * @throws RingsideError `gpu_provider_invalid`
 */
export async function fromArchive(
  archive: string,
  vouched: string | null,
  staging: string,
  onBytes: (bytes: number) => void,
): Promise<Collected> {
  const digest = await digestOf(archive)
  const edition = editions.find(candidate => candidate.archive === digest) ?? null
  const known = editions.flatMap(({ archive: sha256 }) => sha256 ?? [])
  if (vouched === null ? edition === null : digest !== vouched)
    throw wrongDigest(archive, digest, vouched === null ? known : [vouched])
  try {
    const files = Object.fromEntries(await extract(archive, names, staging, onBytes))
    checkComplete(archive, Object.keys(files))
    if (edition?.files) checkDigests(files, edition.files)
    return { edition, files }
  } catch (error) {
    if (error instanceof RingsideError) throw error
    throw invalid(`${archive} cannot be unpacked: ${messageOf(error)}.`, archive, 'Fetch it again.')
  }
}

/** @throws RingsideError `gpu_provider_invalid` */
export async function fromFolder(folder: string, staging: string): Promise<Collected> {
  const present = (await fs.readdir(folder)).filter(name => names.includes(name))
  checkComplete(folder, present)
  const files: Record<string, FileDigest> = {}
  for (const name of present) {
    const file = path.join(folder, name)
    files[name] = { sha256: await digestOf(file), bytes: (await fs.stat(file)).size }
  }
  const edition = editions.find(({ files: known }) => known && NEEDED.every(name => same(files, known, name)))
  if (!edition?.files) throw unknownFiles(folder, files)
  checkDigests(files, edition.files)
  for (const name of present) await copyDurably(path.join(folder, name), path.join(staging, name))
  return { edition, files }
}

type Digests = Readonly<Record<string, FileDigest>>

function checkComplete(source: string, present: readonly string[]): void {
  const missing = NEEDED.filter(name => !present.includes(name))
  if (missing.length === 0) return
  throw invalid(
    `${source} has no ${missing.join(', no ')}.`,
    source,
    'Give the folder that holds the provider’s libraries, or the archive as it was fetched.',
  )
}

function checkDigests(found: Digests, wanted: Digests): void {
  for (const [name, { sha256 }] of Object.entries(found))
    if (!same(found, wanted, name)) throw wrongDigest(name, sha256, [wanted[name]?.sha256 ?? 'none'])
}

function same(found: Digests, wanted: Digests, name: string): boolean {
  return found[name] !== undefined && found[name]?.sha256 === wanted[name]?.sha256
}

function unknownFiles(folder: string, files: Digests): Error {
  const name = providerFiles.cuda
  const known = editions.flatMap(edition => edition.files?.[name]?.sha256 ?? [])
  return wrongDigest(path.join(folder, name), files[name]?.sha256 ?? 'none', known)
}
