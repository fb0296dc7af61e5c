/**
 * Puts the CUDA provider in place: fetched or brought, verified, complete or not at all.
 *
 *   archive or folder ─► <dir>.incoming: provider, copy of the runtime, record ─► checked ─► renamed to <dir>
 *
 * The runtime is a copy, not a link: the loader knows a library by its inode, and would give the provider’s ONNX Runtime
 * the path of `onnxruntime-node`’s, where no provider lies (seen with glibc 2.36).
 */
import fs from 'node:fs/promises'
import path from 'node:path'
import { lookAtDriver } from '../../infer/engine/native/driver.js'
import { cudaMajors } from '../../infer/engine/native/libraries.js'
import { ORT_VERSION } from '../../infer/engine/native/ort-calls.js'
import {
  defaultProviderDir,
  lookAtProvider,
  providerFiles,
  runtimeFile,
  runtimeVersion,
  shippedRuntime,
} from '../../infer/engine/native/provider.js'
import { digestOf } from '../../infer/model/registry/digest.js'
import { copyDurably, renameDurably, syncPath } from '../../infer/model/registry/durable.js'
import { RingsideError } from '../../shared/errors.js'
import { makeFolder } from '../../shared/folder.js'
import { freeBytes } from '../../shared/native/libc.js'
import { type CudaMajor, fetchedEdition } from './catalogue.js'
import { type Collected, fromArchive, fromFolder } from './collect.js'
import { invalid } from './errors.js'
import { fetchArchive } from './fetch.js'
import { withLock } from './lock.js'
import { damaged, type ProviderRecord, readRecord, writeRecord } from './record.js'

export interface InstallRequest {
  dataDir: string
  /** null: the default of the data folder. */
  dir: string | null
  /** null: what the driver serves, or what the given files are for. */
  cudaMajor: CudaMajor | null
  /** Archive or folder of this machine; null: fetched. */
  from: string | null
  /** Of the archive given; null: it must be a known one. */
  sha256: string | null
  onProgress(step: string, doneBytes: number, totalBytes: number | null): void
  signal: AbortSignal
}

export interface Installed {
  dir: string
  record: ProviderRecord
  /** `replaced`: files that were damaged, or of another build. */
  outcome: 'installed' | 'already there' | 'replaced'
}

/** Archive, provider, runtime and what is unpacked meanwhile. */
const ROOM_BYTES = 700 * 1024 * 1024

/** @throws RingsideError `gpu_provider_invalid`, `gpu_provider_unavailable`, `gpu_unavailable`. */
export async function installProvider(request: InstallRequest): Promise<Installed> {
  const cudaMajor = request.cudaMajor ?? (request.from === null ? drivenMajor() : null)
  const gpuDir = path.join(request.dataDir, 'gpu')
  makeFolder(gpuDir, 0o700)
  return withLock(path.join(gpuDir, 'install.lock'), async () => {
    if (request.dir !== null) await checkOurs(request.dir)
    // Beside the target, so that it can be renamed into place.
    const staging = request.dir === null ? path.join(gpuDir, 'incoming') : `${request.dir}.incoming`
    const sound =
      cudaMajor !== null && request.from === null ? await soundAt(dirOf(request, cudaMajor)) : null
    if (sound) return sound
    await fs.rm(staging, { recursive: true, force: true })
    makeFolder(staging)
    checkRoom(staging)
    try {
      return await place(request, cudaMajor, staging)
    } finally {
      await fs.rm(staging, { recursive: true, force: true })
    }
  })
}

async function place(
  request: InstallRequest,
  cudaMajor: CudaMajor | null,
  staging: string,
): Promise<Installed> {
  const collected = await collect(request, cudaMajor, staging)
  const record = await complete(collected, cudaMajor, staging)
  const dir = dirOf(request, record.cudaMajor)
  const before = await readRecord(dir)
  if (before && sameFiles(before, record) && (await damaged(dir, before)).length === 0)
    return { dir, record: before, outcome: 'already there' }
  request.signal.throwIfAborted()
  await swapIn(staging, dir)
  return { dir, record, outcome: before ? 'replaced' : 'installed' }
}

async function collect(
  request: InstallRequest,
  cudaMajor: CudaMajor | null,
  staging: string,
): Promise<Collected> {
  const unpacking = (bytes: number): void => request.onProgress('unpacking', bytes, null)
  if (request.from === null) {
    const edition = fetchedEdition(cudaMajor as CudaMajor)
    const fetched = path.join(request.dataDir, 'gpu', 'fetched')
    const archive = await fetchArchive(edition, fetched, {
      onProgress: (done, total) => request.onProgress(`fetching ${edition.title}`, done, total),
      signal: request.signal,
    })
    const collected = await fromArchive(archive, null, staging, unpacking)
    await fs.rm(fetched, { recursive: true, force: true })
    return collected
  }
  const stat = await fs.stat(request.from).catch(() => null) // said in words of its own below
  if (!stat) throw invalid(`There is no ${request.from}.`, request.from, 'Look at the path after --from.')
  return stat.isDirectory()
    ? fromFolder(request.from, staging)
    : fromArchive(request.from, request.sha256, staging, unpacking)
}

/** Adds the runtime and the record; what the files are is read from their own bytes, whoever vouches for them. */
async function complete(
  { edition, files }: Collected,
  wanted: CudaMajor | null,
  staging: string,
): Promise<ProviderRecord> {
  const { version, cudaMajor } = lookAtProvider(path.join(staging, providerFiles.cuda))
  const major = cudaMajors.find(known => known === cudaMajor)
  if (version !== ORT_VERSION || !major || (wanted !== null && major !== wanted))
    throw invalid(
      `The provider is of ONNX Runtime ${version ?? 'unknown'} for CUDA ${cudaMajor ?? 'unknown'}; wanted is ${ORT_VERSION} for CUDA ${wanted ?? cudaMajors.join(' or ')}.`,
      providerFiles.cuda,
      'Give the files of that version, or leave --cuda away to take what they are for.',
    )
  const runtime = shippedRuntime()
  if (runtimeVersion(runtime) !== ORT_VERSION)
    throw invalid(`${runtime} is not of ${ORT_VERSION}.`, runtime, 'Run `npm ci` again.')
  const copy = path.join(staging, runtimeFile)
  await copyDurably(runtime, copy)
  const own = { sha256: await digestOf(copy), bytes: (await fs.stat(copy)).size }
  const record = {
    version: ORT_VERSION,
    cudaMajor: major,
    edition: edition?.id ?? 'given',
    files: { ...files, [runtimeFile]: own },
  }
  await writeRecord(staging, record)
  await syncPath(staging)
  return record
}

/** A folder that is there is replaced as a whole; whoever has its libraries open keeps them. */
async function swapIn(staging: string, dir: string): Promise<void> {
  const old = `${dir}.old`
  makeFolder(path.dirname(dir))
  await fs.rm(old, { recursive: true, force: true })
  await fs.rename(dir, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await renameDurably(staging, dir)
  await fs.rm(old, { recursive: true, force: true })
}

/** A folder that somebody names is replaced only where it is empty, or one of these. @throws RingsideError `gpu_provider_invalid` */
async function checkOurs(dir: string): Promise<void> {
  const entries = await fs.readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (entries.length === 0 || (await readRecord(dir)) !== null) return
  throw invalid(
    `${dir} holds files of something else, which would be lost.`,
    dir,
    'Give --dir a folder that does not exist yet.',
  )
}

/** What is there already, verified to the last byte; null where it is not, or not whole. */
async function soundAt(dir: string): Promise<Installed | null> {
  const record = await readRecord(dir)
  const sound = record?.version === ORT_VERSION && (await damaged(dir, record)).length === 0
  return sound ? { dir, record, outcome: 'already there' } : null
}

function sameFiles(one: ProviderRecord, other: ProviderRecord): boolean {
  return (
    one.version === other.version &&
    Object.entries(other.files).every(([name, { sha256 }]) => one.files[name]?.sha256 === sha256)
  )
}

function dirOf({ dir, dataDir }: InstallRequest, cudaMajor: CudaMajor): string {
  return dir ?? defaultProviderDir(dataDir, cudaMajor)
}

/** @throws RingsideError `gpu_unavailable` where no driver tells which CUDA it serves. */
function drivenMajor(): CudaMajor {
  const { cudaVersion, message } = lookAtDriver()
  const major = cudaMajors.find(known => known * 1000 <= (cudaVersion ?? 0))
  if (major) return major
  const why =
    cudaVersion === null ? `no NVIDIA driver answers (${message})` : 'the driver is older than CUDA 12'
  throw new RingsideError('gpu_unavailable', `Which CUDA is wanted is not known: ${why}.`, {
    key: '--cuda',
    remedy: `Install the driver first; or say which CUDA the GPU’s host has: --cuda ${cudaMajors.join(' or --cuda ')}.`,
  })
}

function checkRoom(dir: string): void {
  const free = freeBytes(dir)
  if (free >= ROOM_BYTES) return
  throw new RingsideError(
    'gpu_provider_unavailable',
    `Installing needs ${ROOM_BYTES} bytes in ${dir}; ${free} are free.`,
    {
      key: 'dataDir',
      value: dir,
      remedy: 'Make room, or set RINGSIDE_DATA_DIR to a folder on a larger disk.',
    },
  )
}
