/** A few things of which one is chosen, as buttons beside one another. */
import type { ComponentChildren } from 'preact'

interface Props<T> {
  /** What is chosen, for those who do not see the page. */
  name: string
  options: readonly { value: T; content: ComponentChildren }[]
  chosen: T
  onChange: (value: T) => void
}

export function Choice<T extends string>({ name, options, chosen, onChange }: Props<T>) {
  return (
    <fieldset class="row choice" aria-label={name}>
      {options.map(({ value, content }) => (
        <button key={value} type="button" aria-pressed={value === chosen} onClick={() => onChange(value)}>
          {content}
        </button>
      ))}
    </fieldset>
  )
}
