/** The process in which unknown models are read, rewritten and tried: one job, one answer, and it ends. Started by `loader.ts` only. */
import { messageOf, RingsideError } from '../../../shared/errors.js'
import { parseModel } from '../onnx/read-model.js'
import { guardProcess } from './guard.js'
import { inspectModel } from './inspection.js'
import { prepareJob, readDescriptor } from './prepare-job.js'
import { type InspectJob, type LoadAnswer, type LoadJob, type PrepareJob, plainOf } from './protocol.js'

process.once('message', (job: LoadJob) => {
  void answer(job).then(message => process.send!(message, () => process.exit(0)))
})

async function answer(job: LoadJob): Promise<LoadAnswer<PrepareJob> | LoadAnswer<InspectJob>> {
  try {
    await guardProcess(job.memoryLimitBytes)
    if (job.kind === 'prepare') return { facts: await prepareJob(job) }
    const model = parseModel(await readDescriptor(job.file), job.file)
    return { inspection: inspectModel(model, job.file, job.sidecar) }
  } catch (error) {
    const known = error instanceof RingsideError ? error : unexpected(error, job.file)
    return { error: plainOf(known) }
  }
}

function unexpected(error: unknown, file: string): RingsideError {
  return new RingsideError('internal', `Preparing the model failed unexpectedly: ${messageOf(error)}`, {
    key: 'model.name',
    value: file,
    remedy: 'Report it, with the model if you may; another model is not affected.',
  })
}
