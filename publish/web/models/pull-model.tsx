/** The button that pulls a model, how far the pull is, and why it failed. */
import type { JobView } from '../../../shared/api/views.js'
import { ringside } from '../api/ringside.js'
import { Icon } from '../shell/icon.js'
import { ProblemNote } from '../shell/problem-note.js'
import { useAction } from '../shell/use-action.js'
import { jobs as jobPoll } from '../store/models.js'
import { hasEnded } from '../words/job.js'
import { CancelJob } from './cancel-job.js'
import { JobProgress } from './job-progress.js'

export function PullModel(props: { name: string; isHere: boolean; jobs: readonly JobView[] }) {
  const { name, isHere, jobs } = props
  const action = useAction()
  const newest = jobs.find(job => job.kind === 'pull' && job.model === name)
  const problem = action.problem ?? (!isHere && newest?.state === 'failed' ? newest.problem : null)
  const pull = (): void => {
    void action.run(async () => {
      await ringside.pullModel(name)
      await jobPoll.refresh()
    })
  }
  if (newest && !hasEnded(newest)) {
    return (
      <div class="row model-actions">
        <JobProgress job={newest} />
        <CancelJob job={newest} />
      </div>
    )
  }
  return (
    <div class="row model-actions">
      {isHere ? (
        <p class="tone-good">
          <Icon name="good" /> Here already
        </p>
      ) : (
        <button type="button" aria-label={`Pull ${name}`} disabled={action.busy} onClick={pull}>
          {newest?.state === 'failed' ? 'Pull again' : 'Pull'}
        </button>
      )}
      {problem && <ProblemNote problem={problem} />}
    </div>
  )
}
