/** One field of a form: label, input, hint, and the error that belongs to it. */
import type { InputHTMLAttributes, JSX } from 'preact'

export interface FieldProps {
  name: string
  label: string
  hint: string
  error: string | null
  value: string
  onChange: (value: string) => void
  onLeave: () => void
}

/** What ties an input to its label and its note. */
interface Tied {
  id: string
  name: string
  'aria-invalid': boolean
  'aria-describedby': string
}

export function Field({ input, ...props }: FieldProps & { input?: InputHTMLAttributes }) {
  return (
    <FieldFrame {...props}>
      {tied => (
        <input
          {...input}
          {...tied}
          value={props.value}
          onInput={event => props.onChange(event.currentTarget.value)}
          onBlur={props.onLeave}
        />
      )}
    </FieldFrame>
  )
}

type FrameProps = Pick<FieldProps, 'name' | 'label' | 'hint' | 'error'> & {
  children: (tied: Tied) => JSX.Element
}

export function FieldFrame({ name, label, hint, error, children }: FrameProps) {
  const id = `camera-${name}`
  return (
    <div class={error ? 'field invalid' : 'field'} data-field={name}>
      <label for={id}>{label}</label>
      {children({ id, name, 'aria-invalid': error !== null, 'aria-describedby': `${id}-note` })}
      <p id={`${id}-note`} class={error ? 'field-error' : 'hint'} aria-live="polite">
        {error ?? hint}
      </p>
    </div>
  )
}
