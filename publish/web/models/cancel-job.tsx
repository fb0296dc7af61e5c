/** The button that ends work on a model before its time. */
import type { JobView } from '../../../shared/api/views.js'
import { ringside } from '../api/ringside.js'
import { ProblemNote } from '../shell/problem-note.js'
import { useAction } from '../shell/use-action.js'
import { jobs } from '../store/models.js'
import { kindWords } from '../words/job.js'

export function CancelJob({ job }: { job: Pick<JobView, 'id' | 'kind' | 'model'> }) {
  const action = useAction()
  const cancel = (): void => {
    void action.run(async () => {
      await ringside.cancelJob(job.id)
      await jobs.refresh()
    })
  }
  return (
    <>
      <button
        type="button"
        aria-label={`Cancel: ${kindWords[job.kind].toLowerCase()} ${job.model}`}
        disabled={action.busy}
        onClick={cancel}
      >
        Cancel
      </button>
      {action.problem && <ProblemNote problem={action.problem} onDismiss={action.dismiss} />}
    </>
  )
}
