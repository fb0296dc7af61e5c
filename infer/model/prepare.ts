/** Prepares a model: rewritten once into a graph of I420 in and candidates out, kept in the cache, named for people. */
import { preparedFile, readEntry, sha256, writeEntry } from './cache.js'
import { classNamesFor } from './classes.js'
import { families } from './families/recognise.js'
import { readModelBytes } from './onnx/read-model.js'
import { OUTPUT_NAME } from './passes/candidates-output.js'
import { INPUT_NAME } from './passes/i420-input.js'
import type { PreparedModel } from './prepared-model.js'
import type { ModelFile } from './resolve.js'
import { rewriteModel } from './rewrite.js'

/**
 * Takes some hundred milliseconds the first time, and the time of a hash after that.
 * @throws RingsideError `model_not_found`, `model_invalid` or `model_family_unknown`.
 */
export async function prepareModel(request: ModelFile & { cacheDir: string }): Promise<PreparedModel> {
  const { file, name, cacheDir } = request
  const source = await readModelBytes(file)
  const digest = sha256(source)
  const facts = (await readEntry(cacheDir, digest)) ?? (await prepareEntry(source, file, cacheDir, digest))
  const { classNames, classCount, ...shape } = facts
  return {
    ...shape,
    name,
    digest,
    file: preparedFile(cacheDir, digest),
    precision: 'fp32',
    nms: families[facts.family].nms,
    letterbox: families[facts.family].letterbox,
    classes: await classNamesFor(file, classCount, classNames),
    minScore: request.minScore ?? families[facts.family].minScore,
    inputName: INPUT_NAME,
    outputName: OUTPUT_NAME,
  }
}

async function prepareEntry(source: Buffer, file: string, cacheDir: string, digest: string) {
  const { bytes, facts } = rewriteModel(source, file)
  await writeEntry(cacheDir, digest, bytes, facts)
  return facts
}
