/** What one device carries: how many, what binds, what comes next, at which bucket and window, and how far predictions are to be trusted. */
import type { Plan } from '../../../shared/budget/plan.js'
import { Fact } from '../figures/fact.js'
import { Badge } from '../shell/badge.js'
import { Prose } from '../shell/prose.js'
import { formatMs, plural } from '../words/format.js'
import { basisWords, bindingSentence, nextSentence } from '../words/plan.js'
import { PredictionErrorView } from './prediction-error.js'
import { ResourceBar } from './resource-bars.js'

export function PlanView({ plan }: { plan: Plan }) {
  const { device, deviceName, model, streams, fits, mostStreams, binding, resources } = plan
  return (
    <article class="panel plan" data-plan={device}>
      <div class="panel-head">
        <h3>
          <span class="plan-most">{mostStreams >= Number.MAX_SAFE_INTEGER ? 'any number' : mostStreams}</span>{' '}
          {mostStreams === 1 ? 'stream' : 'streams'}{' '}
          <span class="unit">
            on {deviceName} ({device})
          </span>
        </h3>
        <Badge
          tone={fits ? 'good' : 'bad'}
          word={fits ? `${plural(streams, 'stream')} fit` : `${streams} do not fit`}
          state={fits ? 'fits' : 'refused'}
        />
      </div>
      <p>{bindingSentence(plan)}</p>
      <p class="hint">{nextSentence(plan)}</p>
      <ul class="resources">
        {resources
          .filter(({ used, limit }) => limit !== null || used > 0)
          .map(({ resource, used, limit, share }) => (
            <ResourceBar
              key={resource}
              utilisation={{
                resource,
                used,
                limit,
                share,
                free: limit === null ? null : Math.max(0, limit - used),
              }}
              binds={resource === binding}
            />
          ))}
      </ul>
      <WorkingFacts plan={plan} />
      <p class="hint">
        {model}: {basisWords[plan.basis]}
      </p>
      {plan.notes.map(note => (
        <p key={note} class="hint">
          <Prose text={note} />
        </p>
      ))}
      {plan.error && <PredictionErrorView error={plan.error} />}
    </article>
  )
}

function WorkingFacts({ plan: { working } }: { plan: Plan }) {
  if (!working) return null // Its notes say why.
  return (
    <dl class="facts">
      <Fact name="Bucket" value={plural(working.bucket, 'frame')} />
      <Fact name="Batch window" value={formatMs(working.windowMs)} />
      <Fact
        name="A batch takes"
        value={`${formatMs(working.msPerBatch)}, ${formatMs(working.msPerFrame)} a frame`}
      />
      <Fact
        name="Latency at full load"
        value={`${formatMs(working.latencyMs)}${working.meetsTarget ? '' : ', over the target'}`}
      />
      <Fact name="Frames a second" value={String(Math.floor(working.fullLoadFps))} />
    </dl>
  )
}
