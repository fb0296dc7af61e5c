/** What came of a job: a check's or a comparison's figures as tables, any other's folded away. */
import type { JobView } from '../../../shared/api/views.js'
import { plural } from '../words/format.js'
import { type ReadResult, type ResultTable, readResult } from '../words/result.js'

/** A table longer than this, as of eighty classes, is opened by whoever wants it. */
const OPEN_ROWS = 10

export function JobResult({ job }: { job: Pick<JobView, 'kind' | 'result'> }) {
  const result = readResult(job.result)
  if (result.facts.length === 0 && result.tables.length === 0) return null
  if (job.kind === 'check' || job.kind === 'compare') return <Figures result={result} />
  return (
    <details>
      <summary>Result</summary>
      <Figures result={result} />
    </details>
  )
}

function Figures({ result }: { result: ReadResult }) {
  return (
    <div class="result">
      {result.tables.map(table =>
        table.rows.length > OPEN_ROWS ? (
          <details key={table.title}>
            <summary>
              {table.title}: {plural(table.rows.length, 'row')}
            </summary>
            <Table table={table} />
          </details>
        ) : (
          <Table key={table.title} table={table} />
        ),
      )}
      <dl class="facts">
        {result.facts.map(([name, value]) => (
          <div key={name} class="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

/** Wide ones scroll by themselves, by keyboard too: the page does not. */
function Table({ table }: { table: ResultTable }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="table-scroll" aria-label={table.title} tabIndex={0}>
      <table class="table">
        <thead>
          <tr>
            {table.columns.map(column => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map(cells => (
            <tr key={cells.join('|')}>
              {cells.map((cell, i) =>
                i === 0 ? (
                  <th key={table.columns[i]} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={table.columns[i]} class="number">
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
