/** How far off the predictions are that plan and admission stand on: what was predicted for this model, and what runs. */
import type { Compared, PredictionError } from '../../../shared/budget/prediction-error.js'
import { formatBytes, formatMs } from '../words/format.js'
import { formatError } from '../words/plan.js'

export function PredictionErrorView({ error }: { error: PredictionError }) {
  const lines: [name: string, compared: Compared | null, format: (value: number) => string][] = [
    ['Memory', error.memoryBytes, formatBytes],
    ['Engine time', error.engineMs, formatMs],
  ]
  const known = lines.filter(([, compared]) => compared !== null)
  if (known.length === 0) return <p class="hint">Nothing runs yet to compare the prediction with.</p>
  return (
    <div class="table-scroll" data-prediction={error.device}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Its own error</th>
            <th scope="col" class="number">
              Predicted
            </th>
            <th scope="col" class="number">
              Measured
            </th>
            <th scope="col" class="number">
              Off by
            </th>
          </tr>
        </thead>
        <tbody>
          {known.map(([name, compared, format]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{format(compared!.predicted)}</td>
              <td class="number">{format(compared!.measured)}</td>
              <td class="number">{formatError(compared!.error)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
