/** The folder of prepared models: one .onnx and one .json an entry, named by what the entry was made of. */
import { createHash, randomUUID } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import type { Letterbox } from '../../shared/slab/info.js'
import { ifThere } from './if-there.js'
import type { PassReport, PrepareOptions } from './passes/pass.js'
import { type FamilyName, type Precision, precisions } from './prepared-model.js'
import type { Sidecar } from './sidecar.js'

/** What a cached graph is, beside its bytes; names and paths are the caller's and stay out. Plain JSON. */
export interface PreparedFacts {
  family: FamilyName
  widthPx: number
  heightPx: number
  letterbox: Letterbox
  batch: 'dynamic' | 1
  classCount: number
  /** Named by the file itself or its sidecar. */
  classNames: string[] | null
  minScore: number
  maxCandidates: number
  nms: boolean
  /** What each pass did when it was made. */
  passes: readonly PassReport[]
}

/** All that a prepared file depends on. */
export interface EntrySource {
  /** SHA-256 of the model file. */
  digest: string
  sidecar: Sidecar
  options: PrepareOptions
  /** `name@version` of every step. */
  steps: readonly string[]
}

/** Names an entry, and the entries that it takes the place of. */
export interface EntryKey {
  /** Where entries lie; absolute. */
  cacheDir: string
  /** Same for entries of one source and precision: only the newest of a variant is kept. */
  variant: string
  /** Of everything. */
  hash: string
  /** SHA-256 of the model file. */
  source: string
}

interface Entry {
  /** Of the prepared bytes: a torn or edited entry is made again. */
  sha256: string
  /** SHA-256 of the model file it was made of. */
  source: string
  precision: Precision
  /** For people who look into the folder. */
  steps: readonly string[]
  facts: PreparedFacts
}

/** A prepared file on the disk. */
export interface PreparedEntry {
  precision: Precision
  file: string
  bytes: number
}

const SHORT = 16

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function entryKey(cacheDir: string, source: EntrySource): EntryKey {
  const { digest, sidecar, options, steps } = source
  const { precision, maxCandidates } = options
  const own = sha256(JSON.stringify([digest, sidecar, maxCandidates])).slice(0, SHORT)
  return {
    cacheDir: path.resolve(cacheDir),
    variant: `${own}-${precision}`,
    hash: sha256(JSON.stringify([digest, sidecar, options, steps])).slice(0, 2 * SHORT),
    source: digest,
  }
}

export function preparedFile({ cacheDir, variant, hash }: EntryKey): string {
  return path.join(cacheDir, `${variant}-${hash}.onnx`)
}

/** Null where there is no whole entry. */
export async function readEntry(key: EntryKey): Promise<PreparedFacts | null> {
  const file = preparedFile(key)
  const [bytes, json] = await Promise.all([
    ifThere(fs.readFile(file)),
    ifThere(fs.readFile(metadataOf(file))),
  ])
  if (!bytes || !json) return null
  const entry = parseEntry(json.toString())
  return entry?.source === key.source && entry.sha256 === sha256(bytes) ? entry.facts : null
}

/** The .onnx first: an entry without its .json is none. Entries of the same variant that were made otherwise are removed. */
export async function writeEntry(
  key: EntryKey,
  bytes: Uint8Array,
  facts: PreparedFacts,
  steps: readonly string[],
): Promise<void> {
  const file = preparedFile(key)
  const precision = precisions.find(each => key.variant.endsWith(`-${each}`)) ?? 'fp32'
  const entry: Entry = { sha256: sha256(bytes), source: key.source, precision, steps, facts }
  await fs.mkdir(key.cacheDir, { recursive: true })
  await writeWhole(file, bytes)
  await writeWhole(metadataOf(file), `${JSON.stringify(entry, null, 2)}\n`)
  await removeOthers(key)
}

/** What lies there of one model file, whatever it was prepared with. */
export async function preparedEntries(cacheDir: string, source: string): Promise<PreparedEntry[]> {
  const names = (await ifThere(fs.readdir(cacheDir))) ?? []
  const found: PreparedEntry[] = []
  for (const name of names.filter(each => each.endsWith('.json')).sort()) {
    const json = await ifThere(fs.readFile(path.join(cacheDir, name)))
    const entry = json && parseEntry(json.toString())
    if (!entry || entry.source !== source) continue
    const file = path.join(cacheDir, name.replace(/\.json$/, '.onnx'))
    const stat = await ifThere(fs.stat(file)) // another process may have replaced it just now
    if (stat) found.push({ precision: entry.precision, file, bytes: stat.size })
  }
  return found
}

async function removeOthers(key: EntryKey): Promise<void> {
  const own = path.basename(preparedFile(key), '.onnx')
  const entries = (await fs.readdir(key.cacheDir)).filter(name => /\.(onnx|json)$/.test(name))
  const others = entries.filter(name => name.startsWith(`${key.variant}-`) && !name.startsWith(own))
  for (const name of others) await fs.rm(path.join(key.cacheDir, name), { force: true })
}

function metadataOf(file: string): string {
  return file.replace(/\.onnx$/, '.json')
}

/** A reader meets the old file or the new one, never half of it. */
export async function writeWhole(file: string, data: Uint8Array | string): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`
  try {
    await fs.writeFile(temporary, data)
    await fs.rename(temporary, file)
  } finally {
    await fs.rm(temporary, { force: true })
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
