/** Models in words: where they come from, how they are loaded, and which names are one file in several precisions. */
import type { ModelView } from '../../../shared/api/views.js'
import { precisions, splitModelName } from '../../../shared/model/model-name.js'
import type { Tone } from './state.js'

export const originWords: Record<ModelView['origin'], string> = {
  shipped: 'comes with Ringside',
  folder: 'your models folder',
  registry: 'pulled or added',
}

export const modelStateWords: Record<ModelView['state'], { word: string; tone: Tone; meaning: string }> = {
  loaded: { word: 'Loaded', tone: 'good', meaning: 'Streams use it.' },
  idle: {
    word: 'Idle',
    tone: 'idle',
    meaning: 'Loaded, but no stream uses it: it is unloaded after a while.',
  },
  loading: { word: 'Loading', tone: 'busy', meaning: 'It is being loaded.' },
  failed: { word: 'Not loaded', tone: 'bad', meaning: 'A stream wants it, and it could not be loaded.' },
  available: { word: 'Available', tone: 'idle', meaning: 'It is loaded when a stream names it.' },
  unusable: { word: 'Unusable', tone: 'bad', meaning: 'It cannot be used.' },
}

/** One file, in the precisions that it can be named in. */
export interface ModelGroup {
  base: string
  /** By precision, widest first; never empty. */
  variants: readonly [ModelView, ...ModelView[]]
}

/** In the order of their names. */
export function groupModels(models: readonly ModelView[]): ModelGroup[] {
  const groups = new Map<string, [ModelView, ...ModelView[]]>()
  for (const model of models) {
    const base = baseOf(model.name)
    const variants = groups.get(base)
    if (variants) variants.push(model)
    else groups.set(base, [model])
  }
  for (const variants of groups.values()) {
    variants.sort((a, b) => precisions.indexOf(a.precision) - precisions.indexOf(b.precision))
  }
  return [...groups]
    .map(([base, variants]) => ({ base, variants }))
    .sort((a, b) => a.base.localeCompare(b.base))
}

export function baseOf(name: string): string {
  return splitModelName(name)?.base ?? name
}

/** What of the variants is furthest says what the file is; trouble comes before rest. */
export function groupState({ variants }: ModelGroup): ModelView['state'] {
  const order = ['failed', 'loading', 'loaded', 'idle', 'available', 'unusable'] as const
  return order.find(state => variants.some(variant => variant.state === state)) ?? variants[0].state
}

/** "416 × 416" */
export function inputSize(model: { widthPx: number | null; heightPx: number | null }): string {
  return model.widthPx === null || model.heightPx === null ? '–' : `${model.widthPx} × ${model.heightPx}`
}
