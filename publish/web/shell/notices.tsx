/** What keeps the whole of Ringside from working, above every view: no answer, or a stage that is missing or not ready. */
import type { ProcessReport, Stage } from '../../../shared/process/report.js'
import { usePoll } from '../store/poll.js'
import { processes } from '../store/processes.js'

/** Sentences about the stages that streams need; none when all is well. */
export function stageFaults(reports: readonly ProcessReport[]): string[] {
  const needed: readonly [Stage, string][] = [
    ['ingest', 'cameras are not read'],
    ['infer', 'nothing is detected'],
  ]
  return needed.flatMap(([stage, effect]) => {
    const alive = reports.filter(report => report.stage === stage)
    if (alive.some(report => report.ready)) return []
    const reason = alive[0]?.notReady
    return [
      reason ? `${stage} is not ready, so ${effect}: ${reason}` : `No ${stage} process runs, so ${effect}.`,
    ]
  })
}

export function Notices() {
  const { data, problem } = usePoll(processes)
  const notices = problem
    ? [`${problem.detail} ${problem.remedy ?? ''}`]
    : data
      ? stageFaults(data.processes)
      : []
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.map(notice => (
        <p key={notice} class="notice">
          {notice}
        </p>
      ))}
    </div>
  )
}
