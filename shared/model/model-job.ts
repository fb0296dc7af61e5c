/** Work on a model that takes longer than a request: what is asked for, how far it is, and what came of it. */

export const modelJobKinds = [
  'pull',
  'add',
  'rm',
  'inspect',
  'prepare',
  'check',
  'compare',
  'quantize',
  'profile',
] as const
export type ModelJobKind = (typeof modelJobKinds)[number]

export const modelJobStates = ['queued', 'running', 'done', 'failed', 'cancelled'] as const
export type ModelJobState = (typeof modelJobStates)[number]

export interface ModelJobRequest {
  kind: ModelJobKind
  /** Name of a model; of the catalogue for `pull`, a new one for `add`. */
  model: string
  /** Options of the command of that kind, by their long name in camelCase. */
  options: Readonly<Record<string, string | number | boolean>>
}

export interface ModelJobProgress {
  /** What is being done: `downloading`, `preparing`, … */
  step: string
  /** Of `total`, in `unit`; null where nobody can know. */
  done: number
  total: number | null
  unit: 'bytes' | 'pictures' | 'frames' | 'steps'
}
