/** Looks into a model file, through the loader's child: the file is anybody's, and must not be able to harm this process. */

import type { ModelInspection } from '../loader/inspection.js'
import { inspectInChild } from '../loader/loader.js'
import { checkOpenModel, openModel } from '../onnx/read-model.js'
import { readSidecar } from '../sidecar.js'

/** @throws RingsideError `model_not_found`, `model_invalid` where it is no ONNX model, `sidecar_invalid`. */
export async function inspectFile(file: string): Promise<ModelInspection> {
  const sidecar = await readSidecar(file)
  const handle = await openModel(file)
  try {
    const { size } = await checkOpenModel(handle, file)
    return await inspectInChild({ file, fd: handle.fd, bytes: size }, sidecar)
  } finally {
    await handle.close()
  }
}
