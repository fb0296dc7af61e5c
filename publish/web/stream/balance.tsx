/** The ledger of a stream's frames: every frame received is accounted for, or the residual says how many are not. */
import { dropReasons, type FrameBalance } from '../../../shared/frame/balance.js'
import { dropWords } from '../words/drops.js'
import { formatCount } from '../words/format.js'

export function Balance({ balance }: { balance: FrameBalance }) {
  return (
    <section class="panel" aria-labelledby="balance-title">
      <div class="panel-head">
        <h2 id="balance-title">Frames accounted for</h2>
        <Verdict residual={balance.residual} />
      </div>
      <table class="ledger">
        <tbody>
          <Line name="Received" frames={balance.received} sign="" strong />
          <Line name="Inferred" frames={balance.inferred} sign="−" />
          {dropReasons.map(reason => (
            <Line
              key={reason}
              name={dropWords[reason].name}
              meaning={dropWords[reason].meaning}
              frames={balance.drops[reason]}
              sign="−"
            />
          ))}
          <Line name="In flight" frames={balance.inFlight} sign="−" />
          <Line name="Residual" frames={balance.residual} sign="=" strong />
        </tbody>
      </table>
    </section>
  )
}

function Verdict({ residual }: { residual: number }) {
  if (residual === 0) return <span class="verdict tone-good">Balanced</span>
  return <span class="verdict tone-bad">{formatCount(Math.abs(residual))} unaccounted</span>
}

interface LineProps {
  name: string
  meaning?: string
  frames: number
  sign: string
  strong?: boolean
}

function Line({ name, meaning, frames, sign, strong }: LineProps) {
  const quiet = frames === 0 && !strong ? 'zero' : ''
  return (
    <tr class={`${strong ? 'strong' : ''} ${quiet}`}>
      <td class="sign">{sign}</td>
      <th scope="row" title={meaning}>
        {name}
      </th>
      <td class="number">{formatCount(frames)}</td>
    </tr>
  )
}
