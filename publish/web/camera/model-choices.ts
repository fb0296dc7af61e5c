/** The models that a form offers: those that can be used, and the one that is chosen already. */
import type { ModelView } from '../../../shared/api/views.js'
import { plural } from '../words/format.js'
import { groupModels, inputSize, modelStateWords } from '../words/model.js'

export interface ModelChoices {
  /** "yolox-nano: 416 × 416, 80 classes" */
  title: string
  /** Each with its precision, and whether it is there at once. */
  names: { name: string; text: string }[]
}

/** @param chosen is offered whatever it is, so that a form never changes it by itself. Empty is the default. */
export function choicesOf(models: readonly ModelView[], chosen: string): ModelChoices[] {
  const usable = models.filter(({ problem }) => problem === null)
  const choices = groupModels(usable).map(({ base, variants }) => ({
    title: `${base}: ${inputSize(variants[0])}, ${plural(variants[0].classes.length, 'class', 'classes')}`,
    names: variants.map(({ name, precision, state }) => ({
      name,
      text: `${base} · ${precision}${state === 'available' ? '' : ` · ${modelStateWords[state].word.toLowerCase()}`}`,
    })),
  }))
  if (chosen === '' || usable.some(({ name }) => name === chosen)) return choices
  return [...choices, { title: 'Not usable now', names: [{ name: chosen, text: chosen }] }]
}
