/** The ceiling: the prepared model in a bare loop of onnxruntime-node. Arguments: model JSON, bucket, threads, seconds. Prints frames per second. */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { PreparedModel } from '../../infer/model/prepared-model.js'

const [json, bucketText, threads, seconds] = process.argv.slice(2) as [string, string, string, string]
const model = JSON.parse(json) as PreparedModel
const bucket = Number(bucketText)
const session = await InferenceSession.create(model.file, {
  executionProviders: ['cpu'],
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  extra: { session: { intra_op: { allow_spinning: '0' } } },
})
const rows = (model.heightPx * 3) / 2
const input = new Tensor('uint8', new Uint8Array(bucket * rows * model.widthPx).fill(128), [
  bucket,
  rows,
  model.widthPx,
])
for (let warm = 0; warm < 5; warm++) await session.run({ [model.inputName]: input })
let frames = 0
const startedAt = performance.now()
while (performance.now() - startedAt < Number(seconds) * 1000) {
  await session.run({ [model.inputName]: input })
  frames += bucket
}
console.log((frames * 1000) / (performance.now() - startedAt))
