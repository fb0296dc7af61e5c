/** Recent work on models, newest first: how far it is, and what came of it. */
import type { JobView } from '../../../shared/api/views.js'
import { Badge } from '../shell/badge.js'
import { ProblemNote } from '../shell/problem-note.js'
import { formatClock, formatDuration } from '../words/format.js'
import { hasEnded, jobStateWords, kindWords } from '../words/job.js'
import { CancelJob } from './cancel-job.js'
import { JobProgress } from './job-progress.js'
import { JobResult } from './job-result.js'

const SHOWN = 12

export function JobList({ jobs }: { jobs: readonly JobView[] }) {
  return (
    <section aria-labelledby="jobs-title">
      <h2 id="jobs-title">Recent work</h2>
      {jobs.length === 0 && (
        <p class="hint">
          None in the last day. Checks and comparisons that REST or a program starts are told here.
        </p>
      )}
      <p class="unseen" role="status">
        {newestSentence(jobs)}
      </p>
      <ol class="jobs">
        {jobs.slice(0, SHOWN).map(job => (
          <JobRow key={job.id} job={job} />
        ))}
      </ol>
    </section>
  )
}

/** Said to those who cannot see a bar move: the state of the newest job, not its figures. */
function newestSentence([newest]: readonly JobView[]): string {
  if (!newest) return ''
  return `${kindWords[newest.kind]} ${newest.model}: ${jobStateWords[newest.state].word.toLowerCase()}`
}

function JobRow({ job }: { job: JobView }) {
  const { word, tone } = jobStateWords[job.state]
  return (
    <li class="panel job" data-job={job.id}>
      <div class="panel-head">
        <h3>
          {kindWords[job.kind]} {job.model}
        </h3>
        <Badge tone={tone} word={word} state={job.state} />
      </div>
      <p class="hint">
        Asked for at {formatClock(job.createdAt)}
        {job.startedAt !== null &&
          job.endedAt !== null &&
          `, took ${formatDuration(job.endedAt - job.startedAt)}`}
        .
      </p>
      {!hasEnded(job) && (
        <div class="row">
          <JobProgress job={job} />
          <CancelJob job={job} />
        </div>
      )}
      {job.state === 'failed' && job.problem && <ProblemNote problem={job.problem} past />}
      {job.state === 'done' && <JobResult job={job} />}
    </li>
  )
}
