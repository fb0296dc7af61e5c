/** The button that removes a model of the registry, after a question; a refusal, as of one in use, is told beside it. */
import { useState } from 'preact/hooks'
import type { JobView } from '../../../shared/api/views.js'
import { ringside } from '../api/ringside.js'
import { ConfirmDialog } from '../shell/confirm-dialog.js'
import { ProblemNote } from '../shell/problem-note.js'
import { useAction } from '../shell/use-action.js'
import { jobs as jobPoll } from '../store/models.js'
import { hasEnded } from '../words/job.js'

export function RemoveModel({ base, jobs }: { base: string; jobs: readonly JobView[] }) {
  const action = useAction()
  const [asking, setAsking] = useState(false)
  const isRemoving = jobs.some(job => job.kind === 'rm' && job.model === base && !hasEnded(job))
  const remove = async (): Promise<void> => {
    setAsking(false)
    await action.run(() => ringside.removeModel(base))
    await jobPoll.refresh()
  }
  return (
    <div class="row model-actions">
      <button
        type="button"
        class="danger"
        aria-label={`Remove ${base}`}
        disabled={action.busy || isRemoving}
        onClick={() => setAsking(true)}
      >
        {isRemoving ? 'Removing…' : 'Remove'}
      </button>
      {action.problem && <ProblemNote problem={action.problem} onDismiss={action.dismiss} />}
      {asking && (
        <ConfirmDialog
          title={`Remove ${base}?`}
          action={`Remove ${base}`}
          onConfirm={() => void remove()}
          onCancel={() => setAsking(false)}
        >
          Its file is deleted, in every precision. One that streams use is refused.
        </ConfirmDialog>
      )}
    </div>
  )
}
