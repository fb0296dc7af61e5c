/** The work of the child: reads the open model, rewrites it, tries it, and puts what passed into the cache. */
import { type PreparedFacts, sha256, writeEntry } from '../cache.js'
import { modelInvalid } from '../onnx/invalid.js'
import { openModel, readOpenModel } from '../onnx/read-model.js'
import { type RewriteRequest, type Rewritten, rewriteModel, stepVersions } from '../rewrite.js'
import { type LoadJob, MODEL_FD } from './protocol.js'
import { faultTogether, tryAlone } from './trial.js'

/** @throws RingsideError `model_invalid` or `model_family_unknown`. */
export async function prepareJob({ file, digest, sidecar, options, key }: LoadJob): Promise<PreparedFacts> {
  const source = await readDescriptor(file)
  if (sha256(source) !== digest) throw modelInvalid(file, 'it changed while it was read', 'a file at rest')
  const { bytes, facts } = await settleBatch(source, file, { sidecar, options })
  await writeEntry(key, bytes, facts, stepVersions)
  return facts
}

/** The file as the parent opened it, whatever lies at its path by now. */
async function readDescriptor(file: string): Promise<Buffer> {
  const handle = await openModel(`/proc/self/fd/${MODEL_FD}`)
  try {
    return await readOpenModel(handle, file)
  } finally {
    await handle.close()
  }
}

/** As many frames a run as the graph shows that it can take. */
export async function settleBatch(source: Buffer, file: string, request: RewriteRequest): Promise<Rewritten> {
  const { precision } = request.options
  const declared = rewriteModel(source, file, request)
  const alone = await tryAlone(declared, file)
  const isOpen = declared.facts.batch === 'dynamic'
  const open = isOpen ? declared : rewriteModel(source, file, { ...request, batch: 'dynamic' })
  if ((await faultTogether(open, alone, precision, file)) === null) return open
  if (!isOpen) return declared
  const fixed = rewriteModel(source, file, { ...request, batch: 1 })
  await tryAlone(fixed, file)
  return fixed
}
