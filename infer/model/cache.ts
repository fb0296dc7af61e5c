/** The folder of prepared models: one .onnx and one .json an entry, named by the hash of the source and the version of the passes. */
import { createHash, randomUUID } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import type { FamilyName } from './prepared-model.js'

/** Raise it whenever a pass changes what it writes. */
const PASS_VERSION = 3

/** What a cached graph is, beside its bytes; names and paths are the caller's and stay out. */
export interface PreparedFacts {
  family: FamilyName
  widthPx: number
  heightPx: number
  batch: 'dynamic' | 1
  maxCandidates: number
  classCount: number
  /** Named by the file itself. */
  classNames: string[] | null
}

interface Entry {
  /** Of the prepared bytes: a torn or edited entry is made again. */
  sha256: string
  facts: PreparedFacts
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function preparedFile(cacheDir: string, digest: string): string {
  return path.join(cacheDir, `${digest}-v${PASS_VERSION}.onnx`)
}

/** Null where there is no whole entry. */
export async function readEntry(cacheDir: string, digest: string): Promise<PreparedFacts | null> {
  const file = preparedFile(cacheDir, digest)
  const [bytes, json] = await Promise.all([readIfThere(file), readIfThere(metadataOf(file))])
  if (!bytes || !json) return null
  const entry = parseEntry(json.toString())
  return entry?.sha256 === sha256(bytes) ? entry.facts : null
}

/** The .onnx first: an entry without its .json is none. */
export async function writeEntry(
  cacheDir: string,
  digest: string,
  bytes: Uint8Array,
  facts: PreparedFacts,
): Promise<void> {
  const file = preparedFile(cacheDir, digest)
  const entry: Entry = { sha256: sha256(bytes), facts }
  await fs.mkdir(cacheDir, { recursive: true })
  await writeWhole(file, bytes)
  await writeWhole(metadataOf(file), `${JSON.stringify(entry, null, 2)}\n`)
}

function metadataOf(file: string): string {
  return file.replace(/\.onnx$/, '.json')
}

async function writeWhole(file: string, data: Uint8Array | string): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`
  try {
    await fs.writeFile(temporary, data)
    await fs.rename(temporary, file)
  } finally {
    await fs.rm(temporary, { force: true })
  }
}

async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    return await fs.readFile(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function parseEntry(json: string): Entry | null {
  try {
    return JSON.parse(json) as Entry | null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
