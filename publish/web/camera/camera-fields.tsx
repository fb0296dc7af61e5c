/** The fields of a camera: all of them to add one, some to change it. */
import { Field } from './field.js'
import type { CameraDraft } from './hints.js'
import { ModelField } from './model-field.js'
import type { Draft } from './use-draft.js'

type FieldName = keyof CameraDraft

interface FieldWords {
  label: string
  hint: string
  input: Record<string, string>
}

const fieldWords: Record<FieldName, FieldWords> = {
  id: {
    label: 'Name',
    hint: 'Short, and yours to choose: gate, yard-2.',
    input: {
      autocomplete: 'off',
      autocapitalize: 'none',
      spellcheck: 'false',
      maxLength: '64',
      placeholder: 'gate',
    },
  },
  url: {
    label: 'RTSP address',
    hint: 'A user name and password may be part of it. They are stored encrypted and never shown again.',
    input: {
      inputMode: 'url',
      autocomplete: 'off',
      autocapitalize: 'none',
      spellcheck: 'false',
      placeholder: 'rtsp://user:password@192.0.2.10:554/stream1',
    },
  },
  model: {
    label: 'Model',
    hint: 'Streams of one model share its memory. A model that is not loaded yet takes some seconds.',
    input: {},
  },
  fps: {
    label: 'Frame rate cap',
    hint: 'Frames a second; empty takes every frame.',
    input: { inputMode: 'decimal', autocomplete: 'off', placeholder: 'none' },
  },
  priority: {
    label: 'Priority',
    hint: '1 is degraded first under pressure, 9 last.',
    input: { type: 'number', min: '1', max: '9', step: '1' },
  },
  fallbackModel: {
    label: 'Fallback',
    hint: 'A smaller model that it may run with while its device cannot carry its own.',
    input: {},
  },
  ringSlots: {
    label: 'Ring slots',
    hint: 'More ride out longer pauses of inference; fewer take less memory. A change starts its ring anew.',
    input: { type: 'number', min: '2', max: '64', step: '1' },
  },
}
export const everyField: readonly FieldName[] = ['id', 'url', 'model', 'fps', 'priority']

export function CameraFields({ draft, fields }: { draft: Draft; fields: readonly FieldName[] }) {
  return (
    <div class="fields">
      {fields.map(name => {
        const props = {
          name,
          ...fieldWords[name],
          value: draft.values[name],
          error: draft.errorOf(name),
          onChange: (value: string) => draft.change(name, value),
          onLeave: () => draft.leave(name),
        }
        if (name === 'model') return <ModelField key={name} {...props} empty={null} />
        if (name === 'fallbackModel') return <ModelField key={name} {...props} empty="None" />
        return <Field key={name} {...props} />
      })}
    </div>
  )
}
