/** The command line of the proof. */
import { parseArgs } from 'node:util'

export interface ProofOptions {
  /** H.264 as annex B, as `capacity/make-clip.sh` writes it. */
  clip: string
  fps: number
  model: string
  /** Another model, for the changes of models; null leaves them out. */
  second: string | null
  decoder: string
  /** Streams that run all the time. */
  streams: number
  cycles: number
  modelCycles: number
  /** Streams of 1080p that a capacity run found to hold; null where none was made. */
  measured: number | null
  /** Of either churn: it ends then, and says after how many. */
  seconds: number
}

export function optionsOf(args: readonly string[]): ProofOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clip: { type: 'string' },
      fps: { type: 'string', default: '25' },
      model: { type: 'string', default: 'ringside-nano' },
      second: { type: 'string' },
      decoder: { type: 'string', default: 'auto' },
      streams: { type: 'string', default: '4' },
      cycles: { type: 'string', default: '1000' },
      'model-cycles': { type: 'string', default: '100' },
      measured: { type: 'string' },
      seconds: { type: 'string', default: '300' },
    },
  })
  if (!values.clip)
    throw new Error('--clip FILE.h264 is missing: make one with test/bench/capacity/make-clip.sh')
  return {
    clip: values.clip,
    fps: Number(values.fps),
    model: values.model,
    second: values.second ?? null,
    decoder: values.decoder,
    streams: Number(values.streams),
    cycles: Number(values.cycles),
    modelCycles: Number(values['model-cycles']),
    measured: values.measured === undefined ? null : Number(values.measured),
    seconds: Number(values.seconds),
  }
}
