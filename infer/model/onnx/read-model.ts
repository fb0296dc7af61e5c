/** An untrusted file becomes a model in memory, or is refused before anything acts on it. */
import fs from 'node:fs/promises'
import { messageOf, RingsideError } from '../../../shared/errors.js'
import { checkModel } from './check-model.js'
import { modelInvalid } from './invalid.js'
import { type Model, ModelProto } from './proto.js'
import { surveyModel } from './survey.js'

/** Whole files are read and written in memory, and a protobuf message ends at 2 GiB. */
export const MAX_MODEL_BYTES = 2 ** 30

/** What the two steps below are for the cache: raise it whenever they keep or refuse something else. */
export const importStep = { name: 'import', version: 1 } as const

/**
 * One open file from the first check to the last byte: a file put in its place meanwhile is not looked at.
 * @throws RingsideError `model_not_found` or `model_invalid`.
 */
export async function readModelBytes(file: string): Promise<Buffer> {
  const handle = await openModel(file)
  try {
    return await readOpenModel(handle, file)
  } finally {
    await handle.close()
  }
}

/** Without waiting for a writer, should it be a pipe. @throws RingsideError `model_not_found`. */
export async function openModel(file: string): Promise<fs.FileHandle> {
  try {
    return await fs.open(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  } catch (cause) {
    throw new RingsideError('model_not_found', `The model file cannot be read: ${messageOf(cause)}.`, {
      key: 'model.name',
      value: file,
      cause,
    })
  }
}

/** @throws RingsideError `model_invalid` where it is no regular file, or too large to be read whole. */
export async function checkOpenModel(handle: fs.FileHandle, file: string): Promise<{ size: number }> {
  const stat = await handle.stat()
  if (!stat.isFile()) throw modelInvalid(file, 'it is not a regular file', 'an .onnx file')
  if (stat.size > MAX_MODEL_BYTES)
    throw modelInvalid(file, `it has ${stat.size} bytes`, `at most ${MAX_MODEL_BYTES} bytes`)
  return stat
}

/** From its beginning, wherever the handle stands. @throws RingsideError `model_invalid`. */
export async function readOpenModel(handle: fs.FileHandle, file: string): Promise<Buffer> {
  const { size } = await checkOpenModel(handle, file)
  const bytes = Buffer.alloc(size)
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled)
    if (bytesRead === 0) throw modelInvalid(file, 'it became shorter while it was read', 'a file at rest')
    filled += bytesRead
  }
  return bytes
}

/** @throws RingsideError `model_invalid`. */
export function parseModel(bytes: Buffer, file: string): Model {
  surveyModel(bytes, file)
  const model = decode(bytes, file)
  checkModel(model, bytes.length, file)
  return model
}

function decode(bytes: Buffer, file: string): Model {
  try {
    return ModelProto.decode(bytes)
  } catch (cause) {
    throw modelInvalid(file, `it cannot be decoded (${messageOf(cause)})`, 'an ONNX model', cause)
  }
}
