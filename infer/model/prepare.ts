/** Prepares a model: rewritten once into a graph of I420 in and candidates out, kept in the cache, named for people. */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { type EntryKey, entryKey, type PreparedFacts, preparedFile, readEntry } from './cache.js'
import { classNamesFor } from './classes.js'
import { prepareInChild } from './loader/loader.js'
import { checkOpenModel, openModel } from './onnx/read-model.js'
import { OUTPUT_NAME } from './passes/candidates-output.js'
import { INPUT_NAME } from './passes/i420-input.js'
import type { PrepareOptions } from './passes/pass.js'
import type { PreparedModel } from './prepared-model.js'
import { type Calibration, readCalibration } from './quantize/calibration.js'
import { modelChanged } from './registry/digest.js'
import type { ModelFile } from './resolve.js'
import { defaultOptions, stepVersions } from './rewrite.js'
import { readSidecar, type Sidecar } from './sidecar.js'

export type PrepareRequest = ModelFile & { cacheDir: string } & Partial<Omit<PrepareOptions, 'precision'>>

interface Source {
  file: string
  handle: FileHandle
  bytes: number
  digest: string
  sidecar: Sidecar
}

/**
 * Takes about a second the first time, in a process of its own, and the time of two hashes after that.
 * @throws RingsideError `model_not_found`, `model_invalid`, `model_family_unknown` or `sidecar_invalid`.
 */
export async function prepareModel(request: PrepareRequest): Promise<PreparedModel> {
  const { name, file, minScore, cacheDir, precision, sha256, calibrationsDir, ...others } = request
  const handle = await openModel(file)
  try {
    const { size } = await checkOpenModel(handle, file)
    const digest = await digestOf(handle)
    if (sha256 && digest !== sha256) throw modelChanged(name, file, sha256, digest)
    // An entry that does not depend on the calibration must not be made again for another one.
    const calibration = precision === 'int8' ? await calibrationFor(digest, calibrationsDir) : {}
    const options: PrepareOptions = { ...defaultOptions, ...calibration, ...others, precision }
    const source = { file, handle, digest, bytes: size, sidecar: await readSidecar(file) }
    const key = entryKey(cacheDir, { digest, sidecar: source.sidecar, options, steps: stepVersions })
    const { classNames, classCount, ...facts } = await factsOf(source, options, key)
    return {
      ...facts,
      name,
      digest,
      file: preparedFile(key),
      precision,
      classes: await classNamesFor(file, classCount, classNames),
      minScore: minScore ?? facts.minScore,
      inputName: INPUT_NAME,
      outputName: OUTPUT_NAME,
    }
  } finally {
    await handle.close()
  }
}

/** One in the request comes before one that lies in the folder. */
async function calibrationFor(
  digest: string,
  folder: string | undefined,
): Promise<{ calibration?: Calibration }> {
  const found = folder === undefined ? null : await readCalibration(path.join(folder, `${digest}.json`))
  return found ? { calibration: found } : {}
}

async function factsOf(source: Source, options: PrepareOptions, key: EntryKey): Promise<PreparedFacts> {
  const known = await readEntry(key)
  if (known) return known
  const { file, handle, bytes, digest, sidecar } = source
  return prepareInChild({ file, fd: handle.fd, bytes }, { file, digest, sidecar, options, key })
}

/** A gigabyte at once would stand in the service's memory: read in parts. */
async function digestOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of handle.createReadStream({ start: 0, autoClose: false }))
    hash.update(part as Buffer)
  return hash.digest('hex')
}
