/** How far a job is, as a bar with its figures; without an end in sight the bar only moves. */
import type { JobView } from '../../../shared/api/views.js'
import { describeProgress, jobStateWords, kindWords } from '../words/job.js'

export function JobProgress({ job }: { job: Pick<JobView, 'kind' | 'model' | 'state' | 'progress'> }) {
  const { progress } = job
  const text = progress ? describeProgress(progress) : jobStateWords[job.state].word
  const known = progress !== null && progress.total !== null && progress.total > 0
  return (
    <div class="job-progress">
      <progress
        aria-label={`${kindWords[job.kind]} ${job.model}`}
        aria-valuetext={text}
        {...(known && { value: progress.done, max: progress.total ?? 1 })}
      />
      <span class="hint">{text}</span>
    </div>
  )
}
