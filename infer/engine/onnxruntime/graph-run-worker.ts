/** The thread of a `GraphRun`: one session, runs one after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { messageOf } from '../../../shared/errors.js'
import type { GraphRunData, GraphRunMessage, GraphRunRequest, NamedTensors } from './graph-run.js'

const port = parentPort as NonNullable<typeof parentPort>
const { graph, threads } = workerData as GraphRunData
const session = InferenceSession.create(graph as Uint8Array, {
  executionProviders: ['cpu'],
  intraOpNumThreads: threads,
  graphOptimizationLevel: 'all',
  extra: { session: { intra_op: { allow_spinning: '0' } } },
})
/** Every run awaits it, and tells what it failed of; until the first asks, Node must not take it for an error of nobody's. */
session.catch(() => undefined)

let tail: Promise<void> = Promise.resolve()
port.on('message', (request: GraphRunRequest) => {
  tail = tail.then(() => serve(request))
})

async function serve({ id, inputs, outputs }: GraphRunRequest): Promise<void> {
  try {
    const loaded = await session
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)]),
    )
    const results = await loaded.run(feeds, outputs)
    const named: NamedTensors = {}
    for (const [name, tensor] of Object.entries(results)) {
      // A copy: the runtime's own memory cannot be transferred.
      const data = (tensor.data as Float32Array).slice()
      named[name] = { type: tensor.type as 'float32', data, dims: tensor.dims }
    }
    send(
      { id, outputs: named },
      Object.values(named).map(({ data }) => data.buffer as ArrayBuffer),
    )
  } catch (error) {
    send({ id, message: messageOf(error) })
  }
}

function send(message: GraphRunMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}
