/** A model file sent over REST: streamed to the disk that publish and infer share, counted and hashed on the way. Nothing of it is looked into here. */
import { createHash, randomUUID } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { RingsideError } from '../../shared/errors.js'

/** As the registry: a protobuf message ends at 2 GiB, and models are read whole. */
const MAX_BYTES = 2 ** 30
/** `Repr-Digest: sha-256=:<base64>:` (RFC 9530); other algorithms beside it are passed over. */
const reprDigest = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/

export interface Upload {
  file: string
  /** In hex. */
  sha256: string
}

/**
 * @param wanted digest that the bytes must have, in hex; null where the sender names none.
 * @throws RingsideError `body_too_large`, `invalid_request`, `model_changed`; nothing stays on the disk then.
 */
export async function receiveUpload(body: Readable, dataDir: string, wanted: string | null): Promise<Upload> {
  const incoming = path.join(dataDir, 'models', '.incoming')
  await fs.mkdir(incoming, { recursive: true })
  const file = path.join(incoming, `${randomUUID()}.upload`)
  try {
    const sha256 = await store(body, file)
    if (wanted !== null && wanted !== sha256) throw otherDigest(wanted, sha256)
    return { file, sha256 }
  } catch (error) {
    await fs.rm(file, { force: true })
    throw error
  }
}

/** @returns in hex; null where the header is absent or names no SHA-256. */
export function digestOfHeader(header: string | string[] | undefined): string | null {
  const value = reprDigest.exec([header ?? []].flat().join(','))?.[1]
  return value ? Buffer.from(value, 'base64').toString('hex') : null
}

async function store(body: Readable, file: string): Promise<string> {
  const hash = createHash('sha256')
  const handle = await fs.open(file, 'wx', 0o644)
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MAX_BYTES) throw tooLarge()
      hash.update(chunk)
      await handle.appendFile(chunk)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (bytes > 0) return hash.digest('hex')
  throw new RingsideError('invalid_request', 'The request has no body.', {
    remedy:
      'Send the bytes of an .onnx file: curl --data-binary @model.onnx -H "Content-Type: application/octet-stream" …',
  })
}

function tooLarge(): RingsideError {
  return new RingsideError('body_too_large', `A model file has at most ${MAX_BYTES} bytes.`, {
    remedy: 'Export a smaller model.',
  })
}

function otherDigest(wanted: string, found: string): RingsideError {
  return new RingsideError(
    'model_changed',
    `The bytes that came have the SHA-256 ${found}, named is ${wanted}.`,
    {
      key: 'sha256',
      value: wanted,
      remedy: 'Send the file again, with the digest that `sha256sum` shows.',
    },
  )
}
