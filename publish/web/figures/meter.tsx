/** A share as a bar with its figure. */
import { formatShare } from '../words/format.js'

interface Props {
  name: string
  /** 0 … 1. */
  share: number
  title?: string
  /** In place of the percentage. */
  value?: string
}

export function Meter({ name, share, title, value }: Props) {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100)
  return (
    <div class={value === undefined ? 'meter' : 'meter wide'} title={title}>
      <span>{name}</span>
      <span class="meter-track" aria-hidden="true">
        <span class="meter-fill" style={{ width: `${percent}%` }} />
      </span>
      <span class="meter-value">{value ?? formatShare(share)}</span>
    </div>
  )
}
