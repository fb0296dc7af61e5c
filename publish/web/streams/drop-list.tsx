/** Dropped frames: the total, and by reason when opened. */
import type { FrameBalance } from '../../../shared/frame/balance.js'
import { dropsByReason, dropTotal, dropWords } from '../words/drops.js'
import { formatCount, formatShare } from '../words/format.js'

export function DropList({ balance }: { balance: FrameBalance }) {
  const total = dropTotal(balance)
  if (total === 0) return <p class="drops-none">No frames dropped</p>
  return (
    <details class="drops">
      <summary>
        {formatCount(total)} of {formatCount(balance.received)} frames dropped
        {balance.received > 0 && ` (${formatShare(total / balance.received)})`}
      </summary>
      <table>
        <tbody>
          {dropsByReason(balance).map(([reason, frames]) => (
            <tr key={reason} data-drop={reason}>
              <th scope="row">
                {dropWords[reason].name}
                <span class="meaning"> {dropWords[reason].meaning}</span>
              </th>
              <td>{formatCount(frames)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
