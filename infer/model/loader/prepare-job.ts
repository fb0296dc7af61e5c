/** The work of the child: reads the open model, rewrites it, tries it, and puts what passed into the cache. */
import { type PreparedFacts, sha256, writeEntry } from '../cache.js'
import { modelInvalid } from '../onnx/invalid.js'
import { openModel, readOpenModel } from '../onnx/read-model.js'
import { type RewriteRequest, type Rewritten, rewriteModel, stepVersions } from '../rewrite.js'
import { MODEL_FD, type PrepareJob } from './protocol.js'
import { faultOfOpenBatch, tryFrames } from './trial.js'

/** @throws RingsideError `model_invalid` or `model_family_unknown`. */
export async function prepareJob({
  file,
  digest,
  sidecar,
  options,
  key,
}: PrepareJob): Promise<PreparedFacts> {
  const source = await readDescriptor(file)
  if (sha256(source) !== digest) throw modelInvalid(file, 'it changed while it was read', 'a file at rest')
  const { bytes, facts } = await settleModel(source, file, { sidecar, options })
  await writeEntry(key, bytes, facts, stepVersions)
  return facts
}

/** The file as the parent opened it, whatever lies at its path by now. */
export async function readDescriptor(file: string): Promise<Buffer> {
  const handle = await openModel(`/proc/self/fd/${MODEL_FD}`)
  try {
    return await readOpenModel(handle, file)
  } finally {
    await handle.close()
  }
}

/**
 * As many frames a run as the graph shows that it can take. Shown in fp32, where a difference is a fault and no rounding;
 * the other precisions change no shapes, and only have to run.
 */
export async function settleModel(source: Buffer, file: string, request: RewriteRequest): Promise<Rewritten> {
  const plain = await settlePlain(source, file, {
    ...request,
    options: { ...request.options, precision: 'fp32' },
  })
  if (request.options.precision === 'fp32') return plain
  const model = rewriteModel(source, file, { ...request, batch: plain.facts.batch })
  await tryFrames(model, file, plain.facts.batch === 1 ? 1 : 2)
  return model
}

async function settlePlain(source: Buffer, file: string, request: RewriteRequest): Promise<Rewritten> {
  const declared = rewriteModel(source, file, request)
  const alone = await tryFrames(declared, file, 1)
  const isOpen = declared.facts.batch === 'dynamic'
  const open = isOpen ? declared : rewriteModel(source, file, { ...request, batch: 'dynamic' })
  if ((await faultOfOpenBatch(open, alone, file)) === null) return open
  if (!isOpen) return declared
  const fixed = rewriteModel(source, file, { ...request, batch: 1 })
  await tryFrames(fixed, file, 1)
  return fixed
}
