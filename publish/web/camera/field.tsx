/** One field of a form: label, input, hint, and the error that belongs to it. */
import type { InputHTMLAttributes } from 'preact'

interface Props {
  name: string
  label: string
  hint: string
  error: string | null
  value: string
  onChange: (value: string) => void
  onLeave: () => void
  input?: InputHTMLAttributes
}

export function Field({ name, label, hint, error, value, onChange, onLeave, input }: Props) {
  return (
    <div class={error ? 'field invalid' : 'field'} data-field={name}>
      <label for={`camera-${name}`}>{label}</label>
      <input
        {...input}
        id={`camera-${name}`}
        name={name}
        value={value}
        aria-invalid={error !== null}
        aria-describedby={`camera-${name}-note`}
        onInput={event => onChange(event.currentTarget.value)}
        onBlur={onLeave}
      />
      <p id={`camera-${name}-note`} class={error ? 'field-error' : 'hint'} aria-live="polite">
        {error ?? hint}
      </p>
    </div>
  )
}
