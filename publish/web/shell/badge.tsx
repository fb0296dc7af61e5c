/** A word for a state, with its icon and colour: colour never says it alone. */
import type { Tone } from '../words/state.js'
import { Icon } from './icon.js'

export function Badge({ tone, word, state }: { tone: Tone; word: string; state?: string }) {
  return (
    <span class={`badge tone-${tone}`} data-state={state}>
      <Icon name={tone} />
      {word}
    </span>
  )
}
