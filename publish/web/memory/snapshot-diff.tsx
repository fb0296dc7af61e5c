/** What lies between two snapshots: the likely cause first, then every owner that grew or shrank. */
import { useEffect, useState } from 'preact/hooks'
import type { OwnerGrowth, SnapshotDiff } from '../../../shared/memory/diff.js'
import { memoryApi } from '../api/memory.js'
import { ProblemNote } from '../shell/problem-note.js'
import { useAction } from '../shell/use-action.js'
import { formatGrowth } from '../words/alert.js'
import { formatBytes, formatDuration, plural } from '../words/format.js'

const SHOWN = 12

export function SnapshotDiffView({ a, b }: { a: string; b: string }) {
  const loading = useAction()
  const [diff, setDiff] = useState<SnapshotDiff | null>(null)
  const [all, setAll] = useState(false)
  useEffect(() => {
    let current = true
    setDiff(null)
    void loading.run(async () => {
      const answer = await memoryApi.diff(a, b)
      if (current) setDiff(answer)
    })
    return () => {
      current = false
    }
  }, [a, b])
  if (loading.problem) return <ProblemNote problem={loading.problem} />
  if (!diff) return <p class="loading">Comparing…</p>
  const { owners } = diff
  return (
    <div class="diff" data-diff={`${diff.from.id}…${diff.to.id}`}>
      <div class="panel-head">
        <h3>
          {formatGrowth(diff.bytes)}{' '}
          <span class="unit">in {formatDuration(diff.to.atMs - diff.from.atMs)}</span>
        </h3>
        <span class="panel-value">{plural(owners.length, 'owner')} changed</span>
      </div>
      <ul class="causes">
        {diff.causes.map(cause => (
          <li key={cause}>{cause}</li>
        ))}
      </ul>
      {owners.length > 0 && <OwnerTable owners={all ? owners : owners.slice(0, SHOWN)} />}
      {owners.length > SHOWN && (
        <button type="button" class="quiet" onClick={() => setAll(!all)}>
          {all ? 'Show the largest' : `Show all ${owners.length}`}
        </button>
      )}
    </div>
  )
}

function OwnerTable({ owners }: { owners: readonly OwnerGrowth[] }) {
  return (
    <div class="table-scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Owner</th>
            <th scope="col">Where</th>
            <th scope="col" class="number">
              Growth
            </th>
            <th scope="col" class="number">
              Before
            </th>
            <th scope="col" class="number">
              After
            </th>
            <th scope="col" class="number">
              Count
            </th>
          </tr>
        </thead>
        <tbody>
          {owners.map(owner => (
            <OwnerRow key={`${owner.stage}-${owner.kind}-${owner.owner}-${owner.where}`} owner={owner} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function OwnerRow({ owner }: { owner: OwnerGrowth }) {
  const { name, where, bytes, bytesBefore, bytesAfter, countBefore, countAfter, exact } = owner
  return (
    <tr title={exact ? undefined : 'Worked out from sizes, not measured'}>
      <th scope="row">{name}</th>
      <td>{where}</td>
      <td class={`number ${bytes > 0 ? 'tone-bad' : 'tone-good'}`}>{formatGrowth(bytes)}</td>
      <td class="number">{formatBytes(bytesBefore)}</td>
      <td class="number">{formatBytes(bytesAfter)}</td>
      <td class="number">{countBefore === countAfter ? countAfter : `${countBefore} → ${countAfter}`}</td>
    </tr>
  )
}
