/** A table of a job's result. Wide ones scroll by themselves, by keyboard too: the page does not. */
import type { ResultTable as Table } from '../words/result.js'

export function ResultTable({ table, chosen }: { table: Table; chosen?: string }) {
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
          {table.rows.map(([name, ...cells]) => (
            <tr key={name} class={name === chosen ? 'chosen' : ''}>
              <th scope="row">{name}</th>
              {cells.map((cell, i) => (
                <td key={table.columns[i + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
