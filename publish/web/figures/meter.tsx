/** A share as a bar with its figure. */
import { formatShare } from '../words/format.js'

export function Meter({ name, share, title }: { name: string; share: number; title?: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100)
  return (
    <div class="meter" title={title}>
      <span>{name}</span>
      <span class="meter-track" aria-hidden="true">
        <span class="meter-fill" style={{ width: `${percent}%` }} />
      </span>
      <span class="meter-value">{formatShare(share)}</span>
    </div>
  )
}
