/** Work on models in words: what is done, and how far it is. */
import type { JobView } from '../../../shared/api/views.js'
import type { ModelJobKind, ModelJobProgress, ModelJobState } from '../../../shared/model/model-job.js'
import { formatBytes, formatCount } from './format.js'
import type { Tone } from './state.js'

export const kindWords: Record<ModelJobKind, string> = {
  pull: 'Pull',
  add: 'Add',
  rm: 'Remove',
  inspect: 'Inspect',
  prepare: 'Prepare',
  check: 'Check',
  compare: 'Compare',
  quantize: 'Quantize',
  profile: 'Measure',
}

export const jobStateWords: Record<ModelJobState, { word: string; tone: Tone }> = {
  queued: { word: 'Waiting', tone: 'busy' },
  running: { word: 'Running', tone: 'busy' },
  done: { word: 'Done', tone: 'good' },
  failed: { word: 'Failed', tone: 'bad' },
  cancelled: { word: 'Cancelled', tone: 'idle' },
}

export function hasEnded({ state }: Pick<JobView, 'state'>): boolean {
  return state !== 'queued' && state !== 'running'
}

/** "downloading: 1.2 of 3.5 MiB", "checking: 40 of 128 pictures" */
export function describeProgress({ step, done, total, unit }: ModelJobProgress): string {
  const count = unit === 'bytes' ? formatBytes : (value: number) => formatCount(value)
  const noun = unit === 'bytes' ? '' : ` ${unit}`
  return total === null
    ? `${step}: ${count(done)}${noun}`
    : `${step}: ${count(done)} of ${count(total)}${noun}`
}
