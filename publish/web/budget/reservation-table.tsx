/** Who holds what of a device: streams with what each costs, models once, and what a process keeps beyond that. */
import type { BudgetView, StreamView } from '../../../shared/api/views.js'
import type { Reservation } from '../../../shared/budget/reservation.js'
import { type Amounts, type Resource, resources } from '../../../shared/budget/resources.js'
import { formatRoute } from '../shell/route.js'
import { usePoll } from '../store/poll.js'
import { streams } from '../store/streams.js'
import { degradedTo } from '../words/budget.js'
import { formatAmount, resourceWords } from '../words/resource.js'

export function ReservationTable({ budget }: { budget: BudgetView }) {
  const known = usePoll(streams).data ?? []
  const rows = [...budget.reservations].sort(byHolder)
  if (rows.length === 0) return <p class="hint">Nobody holds anything: no stream is admitted.</p>
  const columns = resources.filter(
    resource => resource !== 'streams' && rows.some(row => row.own[resource] > 0 || row.shared[resource] > 0),
  )
  return (
    <div class="table-scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Holder</th>
            <th scope="col">Priority</th>
            <th scope="col">Runs</th>
            {columns.map(resource => (
              <th key={resource} scope="col" class="number">
                {resourceWords[resource].name}
              </th>
            ))}
            <th scope="col">Basis</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <Row key={row.holder} row={row} columns={columns} stream={streamOf(row, known)} />
          ))}
          {sharedByModel(rows).map(([model, amounts]) => (
            <tr key={model} data-shared={model}>
              <th scope="row">Model {model}</th>
              <td>–</td>
              <td>once, shared</td>
              <AmountCells columns={columns} amounts={amounts} />
              <td />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface RowProps {
  row: Reservation
  columns: readonly Resource[]
  stream: StreamView | null
}

function Row({ row, columns, stream }: RowProps) {
  const id = streamIdOf(row)
  return (
    <tr data-holder={row.holder}>
      <th scope="row">
        {id === null ? describeHeld(row.holder) : <a href={formatRoute({ name: 'stream', id })}>{id}</a>}
      </th>
      <td>{id === null ? '–' : row.priority}</td>
      <td>
        <Running row={row} stream={stream} />
      </td>
      <AmountCells columns={columns} amounts={row.own} />
      <td>{row.basis}</td>
    </tr>
  )
}

function Running({ row, stream }: { row: Reservation; stream: StreamView | null }) {
  if (streamIdOf(row) === null) return <>{row.model ?? '–'}</>
  const degradation = stream?.degradation ?? null
  if (!stream || !degradation) return <span class="tone-good">as declared</span>
  return (
    <span class="tone-bad" title={degradation.reason}>
      {degradedTo(degradation, stream)}
    </span>
  )
}

function AmountCells({ columns, amounts }: { columns: readonly Resource[]; amounts: Amounts }) {
  return (
    <>
      {columns.map(resource => (
        <td key={resource} class="number">
          {amounts[resource] > 0 ? formatAmount(resource, amounts[resource]) : '–'}
        </td>
      ))}
    </>
  )
}

/** What of a model is counted once a device: the most of those recorded. */
function sharedByModel(rows: readonly Reservation[]): [model: string, amounts: Amounts][] {
  const most = new Map<string, Amounts>()
  for (const { model, shared } of rows) {
    if (model === null) continue
    const before = most.get(model) ?? shared
    const larger = resources.map(resource => [resource, Math.max(before[resource], shared[resource])])
    most.set(model, Object.fromEntries(larger) as Amounts)
  }
  return [...most].filter(([, amounts]) => resources.some(resource => amounts[resource] > 0))
}

function streamIdOf({ holder }: Reservation): string | null {
  return holder.startsWith('stream:') ? holder.slice('stream:'.length) : null
}

function streamOf(row: Reservation, known: readonly StreamView[]): StreamView | null {
  return known.find(({ id }) => id === streamIdOf(row)) ?? null
}

/** `held:<stage>:<instance>:<what>` */
function describeHeld(holder: string): string {
  const [, stage, , ...what] = holder.split(':')
  return `${stage}, for ${what.join(':')}`
}

/** Streams first, those that are degraded last at the top. */
function byHolder(a: Reservation, b: Reservation): number {
  const streamFirst = Number(streamIdOf(a) === null) - Number(streamIdOf(b) === null)
  return streamFirst || b.priority - a.priority || a.holder.localeCompare(b.holder)
}
