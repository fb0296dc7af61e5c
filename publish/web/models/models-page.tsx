/** Models: those that are loaded, those that streams may name, those that can be pulled, and the work done on them. */
import { HostedModels } from '../figures/hosted-models.js'
import { ProblemNote } from '../shell/problem-note.js'
import { devices } from '../store/devices.js'
import { catalogue, jobs, models } from '../store/models.js'
import { usePoll } from '../store/poll.js'
import { groupModels } from '../words/model.js'
import { Catalogue } from './catalogue.js'
import { JobList } from './job-list.js'
import { ModelPanel } from './model-panel.js'

export function ModelsPage() {
  const known = usePoll(models)
  const offered = usePoll(catalogue)
  const work = usePoll(jobs)
  const problem = known.problem ?? offered.problem ?? work.problem
  const groups = groupModels(known.data ?? [])
  return (
    <>
      <h1>Models</h1>
      {problem && <ProblemNote problem={problem} />}
      <LoadedNow />
      <section aria-labelledby="known-title">
        <h2 id="known-title">What streams may name</h2>
        {known.data === null && <p class="loading">Loading models…</p>}
        {known.data?.length === 0 && <NoneYet />}
        <div class="tiles">
          {groups.map(group => (
            <ModelPanel key={group.base} group={group} jobs={work.data ?? []} />
          ))}
        </div>
      </section>
      <Catalogue entries={offered.data ?? []} here={groups} jobs={work.data ?? []} />
      <JobList jobs={work.data ?? []} />
    </>
  )
}

function NoneYet() {
  const runs = (usePoll(devices).data ?? []).length > 0
  return (
    <p class="hint">
      {runs
        ? 'Infer is looking into the model files. The first time that takes some seconds a file.'
        : 'No infer process has said yet which models there are.'}
    </p>
  )
}

function LoadedNow() {
  const { data, problem } = usePoll(devices)
  return (
    <section aria-labelledby="loaded-title">
      <h2 id="loaded-title">Loaded now</h2>
      {problem && <ProblemNote problem={problem} />}
      {data?.length === 0 && <p class="hint">No infer process runs, so no model is loaded.</p>}
      <div class="tiles wide">
        {data?.map(device => (
          <article key={device.id} class="panel" data-loaded-on={device.id}>
            <div class="panel-head">
              <h3>{device.device}</h3>
              <span class="panel-value">{device.id}</span>
            </div>
            <HostedModels device={device} />
          </article>
        ))}
      </div>
    </section>
  )
}
