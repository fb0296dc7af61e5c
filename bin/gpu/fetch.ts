/** Brings the archive of an edition onto this machine: with npm, or from its address; the digest decides whether it is used. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { digestOf } from '../../infer/model/registry/digest.js'
import { download } from '../../infer/model/registry/download.js'
import { messageOf, RingsideError } from '../../shared/errors.js'
import { makeFolder } from '../../shared/folder.js'
import type { Edition } from './catalogue.js'
import { wrongDigest } from './errors.js'
import { npmPack } from './npm-pack.js'

/** A server that sends nothing for this long is taken for dead. */
const IDLE_TIMEOUT_MS = 30_000

export interface FetchOptions {
  onProgress(doneBytes: number, totalBytes: number | null): void
  signal: AbortSignal
}

/**
 * @param dir where it is fetched to; what broke off there is gone on with, as far as the way to it allows.
 * @throws RingsideError `gpu_provider_unavailable`, `gpu_provider_invalid`; what aborts the signal, as it is.
 */
export async function fetchArchive(edition: Edition, dir: string, options: FetchOptions): Promise<string> {
  const { source, archive: sha256 } = edition
  if (!source || !sha256) throw new Error(`edition ${edition.id} is not fetched`)
  makeFolder(dir, 0o700)
  const kept = path.join(dir, `${sha256}.tgz`)
  if ((await exists(kept)) && (await digestOf(kept)) === sha256) return kept
  await fs.rm(kept, { force: true })
  if ('address' in source) await fromAddress(source.address, edition, kept, options)
  else await fromNpm(source.npm, edition, kept, options)
  return kept
}

async function fromNpm(spec: string, edition: Edition, to: string, options: FetchOptions): Promise<void> {
  const dir = `${to}.npm`
  await fs.rm(dir, { recursive: true, force: true })
  await fs.mkdir(dir)
  try {
    const total = edition.archiveBytes
    const onBytes = (bytes: number): void => options.onProgress(Math.min(bytes, total ?? bytes), total)
    const archive = await npmPack(spec, dir, { onBytes, signal: options.signal })
    const found = await digestOf(archive)
    if (found !== edition.archive) throw wrongDigest(spec, found, [edition.archive as string])
    await fs.rename(archive, to)
  } finally {
    await fs.rm(dir, { recursive: true, force: true })
  }
}

async function fromAddress(
  address: string,
  edition: Edition,
  to: string,
  options: FetchOptions,
): Promise<void> {
  const part = to.replace(/\.tgz$/, '.part')
  const wanted = { address, sha256: edition.archive as string, bytes: edition.archiveBytes }
  try {
    await download(part, wanted, { ...options, idleTimeoutMs: IDLE_TIMEOUT_MS })
  } catch (error) {
    options.signal.throwIfAborted()
    throw error instanceof RingsideError ? asProvider(error, address) : error
  }
  await fs.rename(part, to)
}

/** The download is that of models, and speaks of them in its remedies. */
function asProvider(error: RingsideError, address: string): RingsideError {
  const code = error.code === 'model_changed' ? 'gpu_provider_invalid' : 'gpu_provider_unavailable'
  return new RingsideError(code, messageOf(error), {
    key: 'address',
    value: address,
    remedy: `Try again: a download goes on where it ended. Or fetch ${address} elsewhere, and give it with --from FILE.`,
    cause: error,
  })
}

async function exists(file: string): Promise<boolean> {
  return (await fs.stat(file).catch(() => null)) !== null // a file that cannot be looked at is fetched anew
}
