/** The thread that runs inference: `InferenceSession.run` of onnxruntime-node blocks the thread that calls it. */
import { parentPort, workerData } from 'node:worker_threads'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { monotonicMs } from '../../../shared/clock.js'
import { messageOf } from '../../../shared/errors.js'
import { Slab } from '../../../shared/slab/slab.js'
import type { RunRequest, WorkerData, WorkerMessage } from './protocol.js'

const WARM_RUNS = 2
const MEASURED_RUNS = 3

const { model, slabPath, buckets, threads } = workerData as WorkerData
const port = parentPort as NonNullable<typeof parentPort>
const frameBytes = (model.widthPx * model.heightPx * 3) / 2

try {
  const session = await InferenceSession.create(model.file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Spinning threads would take the cores that decoders need.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
  const inputs = new Map(buckets.map(bucket => [bucket, createInput(bucket)]))
  const runMs = await warm(session, inputs)
  const slab = Slab.attach(slabPath)
  let tail: Promise<void> = Promise.resolve()
  port.on('message', (request: RunRequest) => {
    tail = tail.then(() => serve(session, inputs, slab, request))
  })
  send({ kind: 'loaded', runMs })
} catch (error) {
  send({ kind: 'failed', id: null, message: messageOf(error) })
}

/** The input of a bucket, allocated once: uint8 [bucket, H·3/2, W]. */
function createInput(bucket: number): Tensor {
  return new Tensor('uint8', new Uint8Array(bucket * frameBytes).fill(128), [
    bucket,
    (model.heightPx * 3) / 2,
    model.widthPx,
  ])
}

async function warm(session: InferenceSession, inputs: Map<number, Tensor>): Promise<[number, number][]> {
  const measured: [number, number][] = []
  for (const [bucket, input] of inputs) {
    for (let run = 0; run < WARM_RUNS; run++) await session.run({ [model.inputName]: input })
    const times: number[] = []
    for (let run = 0; run < MEASURED_RUNS; run++) {
      const startedAt = monotonicMs()
      await session.run({ [model.inputName]: input })
      times.push(monotonicMs() - startedAt)
    }
    measured.push([bucket, Math.min(...times)])
  }
  return measured
}

async function serve(
  session: InferenceSession,
  inputs: Map<number, Tensor>,
  slab: Slab,
  request: RunRequest,
): Promise<void> {
  try {
    const input = inputs.get(request.bucket)
    if (!input)
      throw new Error(`no bucket of ${request.bucket}: the engine has ${[...inputs.keys()].join(', ')}`)
    const bytes = input.data as Uint8Array
    request.slots.forEach((slot, i) => {
      bytes.set(slab.pixels(slot), i * frameBytes)
    })
    send({ kind: 'uploaded', id: request.id })
    const startedAt = monotonicMs()
    const outputs = await session.run({ [model.inputName]: input })
    const inferMs = monotonicMs() - startedAt
    const output = outputs[model.outputName] as Tensor
    const perFrame = output.data.length / request.bucket
    const candidates = (output.data as Float32Array).slice(0, perFrame * request.slots.length)
    send({ kind: 'result', id: request.id, candidates, inferMs }, [candidates.buffer as ArrayBuffer])
  } catch (error) {
    send({ kind: 'failed', id: request.id, message: messageOf(error) })
  }
}

function send(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}
