/** The thread that runs inference: `InferenceSession.run` of onnxruntime-node blocks the thread that calls it. */
import { parentPort, workerData } from 'node:worker_threads'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { monotonicMs } from '../../../shared/clock.js'
import { messageOf } from '../../../shared/errors.js'
import { Slab } from '../../../shared/slab/slab.js'
import type { BucketLoad, LoadMemory } from '../load-memory.js'
import { peakBetween, readMemory } from './memory-meter.js'
import type { RunRequest, WorkerData, WorkerMessage, WorkerRequest } from './protocol.js'

const WARM_RUNS = 2
const MEASURED_RUNS = 3

const { model, slabPath, buckets, threads, beforeBytes, firstOfProcess } = workerData as WorkerData
const port = parentPort as NonNullable<typeof parentPort>
const frameBytes = (model.widthPx * model.heightPx * 3) / 2

/** What is served from: there once all of it is. */
interface Loaded {
  session: InferenceSession
  inputs: Map<number, Tensor>
  slab: Slab
}

let turnGiven: () => void = () => undefined
/** Requests are worked off one after the other; closing is the last of them. */
let tail: Promise<unknown> = Promise.resolve()
const loading = load()
port.on('message', (request: WorkerRequest) => {
  if (request.kind === 'turn_given') turnGiven()
  else if (request.kind === 'close') tail = tail.then(close)
  else tail = tail.then(() => serve(request))
})

async function load(): Promise<Loaded | null> {
  try {
    const ready = readMemory().anonymousBytes
    const session = await createSession()
    const sessionBytes = readMemory().anonymousBytes - ready
    const inputs = new Map<number, Tensor>()
    const loads: BucketLoad[] = []
    for (const bucket of buckets) loads.push(await addBucket(session, bucket, inputs))
    const slab = Slab.attach(slabPath)
    const memory: LoadMemory = {
      contextBytes: ready - beforeBytes,
      sessionBytes,
      firstOfProcess,
      buckets: loads,
    }
    send({
      kind: 'loaded',
      runMs: loads.map(({ bucket, runMs }) => [bucket, Math.min(...runMs)]),
      memory,
    })
    return { session, inputs, slab }
  } catch (error) {
    send({ kind: 'failed', id: null, message: messageOf(error) })
    return null
  }
}

/** Gives back what the end of a thread does not: the slab's mapping, and the session's memory at once. The thread then ends by itself. */
async function close(): Promise<void> {
  const loaded = await loading
  loaded?.slab.close()
  await loaded?.session.release()
  port.close()
}

function createSession(): Promise<InferenceSession> {
  return InferenceSession.create(model.file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Spinning threads would take the cores that decoders need.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
}

/** The input of a bucket, allocated once: uint8 [bucket, H·3/2, W]. */
function createInput(bucket: number): Tensor {
  return new Tensor('uint8', new Uint8Array(bucket * frameBytes).fill(128), [
    bucket,
    (model.heightPx * 3) / 2,
    model.widthPx,
  ])
}

/** Allocates the input of a bucket, warms it up, and sees what that took. */
async function addBucket(
  session: InferenceSession,
  bucket: number,
  inputs: Map<number, Tensor>,
): Promise<BucketLoad> {
  const before = readMemory()
  const input = createInput(bucket)
  inputs.set(bucket, input)
  const times: number[] = []
  while (times.length < WARM_RUNS) times.push(await timedRun(session, input))
  const warm = readMemory()
  while (times.length < WARM_RUNS + MEASURED_RUNS) times.push(await timedRun(session, input))
  const after = readMemory()
  return {
    bucket,
    warmBytes: warm.anonymousBytes - before.anonymousBytes,
    residentBytes: after.anonymousBytes - before.anonymousBytes,
    peakBytes: peakBetween(before, after) - before.anonymousBytes,
    bufferBytes: bucket * frameBytes,
    arena: null, // the runtime's JavaScript API does not tell of it
    processBytes: after.residentBytes,
    deviceUsedBytes: null,
    firstRunMs: times[0] as number,
    runMs: times.slice(WARM_RUNS),
  }
}

async function timedRun(session: InferenceSession, input: Tensor): Promise<number> {
  const given = new Promise<void>(resolve => {
    turnGiven = resolve
  })
  send({ kind: 'turn_wanted' })
  await given
  try {
    const startedAt = monotonicMs()
    await session.run({ [model.inputName]: input })
    return monotonicMs() - startedAt
  } finally {
    send({ kind: 'turn_over' })
  }
}

async function serve(request: RunRequest): Promise<void> {
  try {
    const loaded = await loading
    if (!loaded) throw new Error('the model is not loaded')
    const { session, inputs, slab } = loaded
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
