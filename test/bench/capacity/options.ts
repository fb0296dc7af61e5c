/** The command line of a capacity run. */
import os from 'node:os'
import { parseArgs } from 'node:util'
import type { SearchSettings } from './search.js'
import type { Demands } from './verdict.js'

export interface CapacityOptions extends SearchSettings, Demands {
  /** H.264 as annex B, as `make-clip.sh` writes it. */
  clip: string
  /** No cameras and no decoders: `bare-ingest.ts` in the place of ingest. */
  bare: boolean
  /** Field `decoder` of every stream; null leaves it to Ringside. */
  decoder: string | null
  model: string
  /** Of the short probes, and of the last. */
  probeSeconds: number
  seconds: number
  /** The search as a whole, the last probe included; what runs then is ended. */
  budgetSeconds: number
  cameraProcesses: number
  /** Ordinal of the GPU that nvidia-smi is asked about. */
  gpu: number
  /** Where the stages write CPU profiles as they end; null for none. */
  profileDir: string | null
  /** Folder for result.json, result.md and the stages' logs. */
  out: string
}

export function optionsOf(args: readonly string[]): CapacityOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clip: { type: 'string' },
      bare: { type: 'boolean', default: false },
      decoder: { type: 'string' },
      model: { type: 'string', default: 'ringside-nano' },
      fps: { type: 'string', default: '25' },
      p99: { type: 'string', default: '100' },
      start: { type: 'string', default: '16' },
      max: { type: 'string', default: '256' },
      precision: { type: 'string', default: '0.04' },
      probe: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '60' },
      budget: { type: 'string', default: '240' },
      cameras: { type: 'string' },
      gpu: { type: 'string', default: '0' },
      profile: { type: 'string' },
      out: { type: 'string', default: process.env.OUT ?? '.' },
    },
  })
  if (!values.clip && !values.bare)
    throw new Error('--clip FILE.h264 is missing: make one with test/bench/capacity/make-clip.sh')
  const max = Number(values.max)
  return {
    clip: values.clip ?? '',
    bare: values.bare,
    decoder: values.decoder ?? null,
    model: values.model,
    fps: Number(values.fps),
    p99Ms: Number(values.p99),
    start: Number(values.start),
    max,
    precision: Number(values.precision),
    probeSeconds: Number(values.probe),
    seconds: Number(values.seconds),
    budgetSeconds: Number(values.budget),
    cameraProcesses: Number(values.cameras ?? Math.max(1, Math.min(4, os.availableParallelism() >> 2))),
    gpu: Number(values.gpu),
    profileDir: values.profile ?? null,
    out: values.out,
  }
}
