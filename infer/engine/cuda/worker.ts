/**
 * The thread of one GPU: every call to CUDA and ONNX Runtime is made here, synchronously. A table of contents:
 *
 *   run-loop    requests, work, naps                 gpu         device, runtime, memory held
 *   work        who loads, who is at work            session…    one a bucket: provider-options, bucket, buffer-set
 *   load        bucket by bucket, or the arithmetic  gpu-model   batches in their order, two under way
 *   warm-up     nothing allocates after it           job         a batch from its request to its result
 *   flow, memory-budget, failure, provider-choice    what is decided, without a clock or a device
 */
import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '../../../shared/errors.js'
import type { GpuMessage, GpuRequest, ThreadData } from './protocol.js'
import { runLoop } from './run-loop.js'
import { Work } from './work.js'

const port = parentPort as NonNullable<typeof parentPort>
const data = workerData as ThreadData
const work = new Work(data, send)

runLoop<GpuRequest>(
  port,
  new Int32Array(data.bell),
  {
    receive(request) {
      if (request.kind !== 'close') return work.receive(request)
      work.close()
      port.close()
    },
    step: () => work.step(),
  },
  // Nothing is given back on a lost device: such calls may hang. The process ends.
  error => {
    send({ kind: 'lost', message: messageOf(error) })
    port.close()
  },
)

function send(message: GpuMessage): void {
  const transfer = message.kind === 'result' ? [message.candidates.buffer as ArrayBuffer] : []
  port.postMessage(message, transfer)
}
