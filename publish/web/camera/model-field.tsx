/** Which model a stream takes: the default (or, as a fallback, none), or any that can be used, in each of its precisions. */
import { devices } from '../store/devices.js'
import { models } from '../store/models.js'
import { usePoll } from '../store/poll.js'
import { FieldFrame, type FieldProps } from './field.js'
import { choicesOf } from './model-choices.js'

/** @param empty what choosing nothing means; null: the default model. */
export function ModelField({ empty, ...props }: FieldProps & { empty: string | null }) {
  const known = usePoll(models)
  const defaultName = usePoll(devices).data?.[0]?.model ?? null
  const choices = choicesOf(known.data ?? [], props.value)
  return (
    <FieldFrame {...props} hint={known.problem ? known.problem.detail : props.hint}>
      {tied => (
        <select {...tied} value={props.value} onChange={event => props.onChange(event.currentTarget.value)}>
          <option value="">{empty ?? (defaultName === null ? 'Default' : `Default (${defaultName})`)}</option>
          {choices.map(({ title, names }) => (
            <optgroup key={title} label={title}>
              {names.map(({ name, text }) => (
                <option key={name} value={name}>
                  {text}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      )}
    </FieldFrame>
  )
}
