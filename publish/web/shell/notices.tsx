/** What keeps the whole of Ringside from working, above every view: no answer, a stage that is missing or not ready, memory that runs out. */
import type { ProcessReport, Stage } from '../../../shared/process/report.js'
import { alerts } from '../store/memory.js'
import { usePoll } from '../store/poll.js'
import { processes } from '../store/processes.js'
import { plural } from '../words/format.js'
import { formatRoute } from './route.js'

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
      <MemoryNotice />
    </div>
  )
}

/** The alert that fires first, and how many others do; its remedy is told where it leads. */
function MemoryNotice() {
  const firing = (usePoll(alerts).data ?? []).filter(({ state }) => state === 'firing')
  const [first, ...others] = firing
  if (!first) return null
  return (
    <p class="notice">
      {first.meaning}{' '}
      {others.length > 0 && `${plural(others.length, 'more alert fires', 'more alerts fire')}. `}
      <a href={formatRoute({ name: 'memory' })}>See the memory.</a>
    </p>
  )
}
