/** Loads a prepared graph and runs it, in the process that calls: for the child that tries unknown models, and may die of one. */
import { InferenceSession, Tensor } from 'onnxruntime-node'

export interface TrialGraph {
  bytes: Uint8Array
  inputName: string
  outputName: string
  widthPx: number
  heightPx: number
}

/** Nothing less than fatal: what is wrong with a graph comes as an exception. */
const LOG_FATAL = 4

export class TrialSession {
  private constructor(
    private readonly session: InferenceSession,
    private readonly graph: TrialGraph,
  ) {}

  /** As the engine loads it, from memory. @throws the runtime's own error. */
  static async load(graph: TrialGraph): Promise<TrialSession> {
    const session = await InferenceSession.create(graph.bytes, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      logSeverityLevel: LOG_FATAL,
      // A service may be at work beside this process.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    })
    return new TrialSession(session, graph)
  }

  /**
   * @param frames I420 frames, each uint8 [heightPx · 3/2, widthPx].
   * @returns the output, whatever its shape. @throws the runtime's own error.
   */
  async run(frames: readonly Uint8Array[]): Promise<{ dims: readonly number[]; data: Float32Array }> {
    const { inputName, outputName, widthPx, heightPx } = this.graph
    const dims = [frames.length, (heightPx * 3) / 2, widthPx]
    const input = new Tensor('uint8', Buffer.concat(frames), dims)
    const output = (await this.session.run({ [inputName]: input }))[outputName]
    if (!(output?.data instanceof Float32Array)) throw new Error(`the output ${outputName} is not float32`)
    return { dims: output.dims, data: output.data }
  }

  async close(): Promise<void> {
    await this.session.release()
  }
}
