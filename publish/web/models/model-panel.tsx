/** One model file: what it is, the names that streams give it, and whether it can be removed. */
import type { JobView, ModelView } from '../../../shared/api/views.js'
import { Badge } from '../shell/badge.js'
import { formatBytes, plural } from '../words/format.js'
import { groupState, inputSize, type ModelGroup, modelStateWords, originWords } from '../words/model.js'
import { RemoveModel } from './remove-model.js'

export function ModelPanel({ group, jobs }: { group: ModelGroup; jobs: readonly JobView[] }) {
  const { base, variants } = group
  const [model] = variants
  const state = groupState(group)
  const { word, tone } = modelStateWords[state]
  const trouble = variants.find(({ reason }) => reason !== null)?.reason
  return (
    <article class="panel model" data-model={base} aria-label={`Model ${base}`}>
      <div class="panel-head">
        <h3>{base}</h3>
        <Badge tone={tone} word={word} state={state} />
      </div>
      {model.problem !== null && <p class="model-problem">{model.problem}</p>}
      {trouble && <p class="model-problem">{trouble.text}</p>}
      <ModelFacts model={model} />
      {model.problem === null && <Variants variants={variants} />}
      {model.origin === 'registry' && <RemoveModel base={base} jobs={jobs} />}
    </article>
  )
}

function ModelFacts({ model }: { model: ModelView }) {
  return (
    <dl class="facts">
      <dt>Origin</dt>
      <dd>{originWords[model.origin]}</dd>
      <dt>Family</dt>
      <dd>{model.family ?? 'not recognised'}</dd>
      <dt>Input</dt>
      <dd>{inputSize(model)}</dd>
      <dt>Classes</dt>
      <dd>{model.classes.length > 0 ? <ClassNames classes={model.classes} /> : '–'}</dd>
      <dt>File</dt>
      <dd title={model.digest === null ? undefined : `SHA-256 ${model.digest}`}>
        {model.bytes === null ? '–' : formatBytes(model.bytes)}
      </dd>
      <dt>Licence</dt>
      <dd>{model.licence ?? 'not known'}</dd>
    </dl>
  )
}

function ClassNames({ classes }: { classes: readonly string[] }) {
  return (
    <details class="classes">
      <summary>{plural(classes.length, 'class', 'classes')}</summary>
      {classes.join(', ')}
    </details>
  )
}

/** The names a stream can give, one for each precision. */
function Variants({ variants }: { variants: readonly ModelView[] }) {
  return (
    <ul class="variants" aria-label="Precisions">
      {variants.map(({ name, precision, state, streams }) => (
        <li key={name} data-variant={name}>
          <span class="variant-precision">{precision}</span>
          <code>{name}</code>
          <span class="hint">
            {modelStateWords[state].word.toLowerCase()}
            {streams.length > 0 && `: ${streams.join(', ')}`}
          </span>
        </li>
      ))}
    </ul>
  )
}
