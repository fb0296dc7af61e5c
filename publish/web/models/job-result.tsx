/** What came of a job: a comparison's table and choice, a check's figures, any other's folded away. */
import type { JobView } from '../../../shared/api/views.js'
import { type ReadComparison, readComparison } from '../words/comparison.js'
import { plural } from '../words/format.js'
import { type ReadResult, readResult } from '../words/result.js'
import { ResultTable } from './result-table.js'

/** A table longer than this, as of eighty classes, is opened by whoever wants it. */
const OPEN_ROWS = 10

export function JobResult({ job }: { job: Pick<JobView, 'kind' | 'result'> }) {
  const comparison = job.kind === 'compare' ? readComparison(job.result) : null
  if (comparison) return <Comparison comparison={comparison} />
  const result = readResult(job.result)
  if (result.facts.length === 0 && result.tables.length === 0) return null
  if (job.kind === 'check') return <Figures result={result} />
  return (
    <details class="result">
      <summary>Result</summary>
      <Figures result={result} />
    </details>
  )
}

function Comparison({ comparison }: { comparison: ReadComparison }) {
  const { table, chosen, sentences } = comparison
  return (
    <div class="result">
      <ResultTable table={table} chosen={chosen} />
      <p>
        <strong>On this machine take {chosen}.</strong> {sentences.join(' ')}
      </p>
    </div>
  )
}

function Figures({ result }: { result: ReadResult }) {
  return (
    <div class="result">
      <dl class="facts">
        {result.facts.map(([name, value]) => (
          <div key={name} class="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {result.tables.map(table =>
        table.rows.length > OPEN_ROWS ? (
          <details key={table.title}>
            <summary>
              {table.title}: {plural(table.rows.length, 'row')}
            </summary>
            <ResultTable table={table} />
          </details>
        ) : (
          <ResultTable key={table.title} table={table} />
        ),
      )}
    </div>
  )
}
