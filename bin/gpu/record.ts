/** `provider.json` beside the provider’s files: which build they are and their digests, so that they can be verified whenever somebody doubts. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { digestOf } from '../../infer/model/registry/digest.js'
import { writeDurably } from '../../infer/model/registry/durable.js'
import type { CudaMajor, FileDigest } from './catalogue.js'

export interface ProviderRecord {
  /** Of ONNX Runtime. */
  version: string
  cudaMajor: CudaMajor
  /** Id of its edition; `given` where somebody vouched with a digest of their own. */
  edition: string
  files: Record<string, FileDigest>
}

const NAME = 'provider.json'

export function writeRecord(dir: string, record: ProviderRecord): Promise<void> {
  return writeDurably(path.join(dir, NAME), `${JSON.stringify(record, null, 2)}\n`)
}

/** null where there is none, or one that this version cannot read. */
export async function readRecord(dir: string): Promise<ProviderRecord | null> {
  const text = await fs.readFile(path.join(dir, NAME), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
  if (text === null) return null
  try {
    const record = JSON.parse(text) as Partial<ProviderRecord>
    return isRecord(record) ? record : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Reads every file. @returns the names of those that are missing or of other bytes. */
export async function damaged(dir: string, { files }: ProviderRecord): Promise<string[]> {
  const names: string[] = []
  for (const [name, { sha256, bytes }] of Object.entries(files)) {
    const file = path.join(dir, name)
    const stat = await fs.stat(file).catch(() => null) // a file that is not there is damaged enough
    if (stat?.size !== bytes || (await digestOf(file)) !== sha256) names.push(name)
  }
  return names
}

function isRecord(record: Partial<ProviderRecord>): record is ProviderRecord {
  const { version, cudaMajor, edition, files } = record
  const digests = Object.values(files ?? {})
  return (
    typeof version === 'string' &&
    (cudaMajor === 12 || cudaMajor === 13) &&
    typeof edition === 'string' &&
    digests.length > 0 &&
    digests.every(digest => typeof digest?.sha256 === 'string' && typeof digest.bytes === 'number')
  )
}
