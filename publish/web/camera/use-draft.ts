/** The form's draft, with what is wrong about each field: the browser's hints once a field was left, the server's word always. */
import { useState } from 'preact/hooks'
import type { Problem } from '../../../shared/api/views.js'
import { type CameraDraft, emptyDraft, hintsFor } from './hints.js'

type FieldName = keyof CameraDraft

export interface Draft {
  values: CameraDraft
  complete: boolean
  errorOf(field: FieldName): string | null
  change(field: FieldName, value: string): void
  leave(field: FieldName): void
  /** Shows every hint; false where one of `fields` is wrong. */
  check(...fields: FieldName[]): boolean
  /** Forgets everything, the password first. */
  reset(): void
}

/**
 * @param problem the server's answer to the last request; it belongs to the field it names, until that field changes.
 * @param initial what the form begins with.
 */
export function useDraft(problem: Problem | null, initial: CameraDraft = emptyDraft): Draft {
  const [values, setValues] = useState<CameraDraft>(initial)
  const [left, setLeft] = useState<ReadonlySet<FieldName>>(new Set())
  const [mended, setMended] = useState<Problem | null>(null)
  const hints = hintsFor(values)
  const served = problem !== mended ? problem : null
  return {
    values,
    complete: Object.keys(hints).length === 0,
    errorOf(field) {
      if (served && fieldOf(served) === field) return [served.detail, served.remedy].filter(Boolean).join(' ')
      return left.has(field) ? (hints[field] ?? null) : null
    },
    change(field, value) {
      setValues({ ...values, [field]: value })
      if (served && fieldOf(served) === field) setMended(served)
    },
    leave(field) {
      if (values[field] !== '') setLeft(new Set([...left, field]))
    },
    check(...fields) {
      setLeft(new Set([...left, ...fields]))
      return fields.every(field => hints[field] === undefined)
    },
    reset() {
      setValues(initial)
      setLeft(new Set())
    },
  }
}

/** The field that a problem is about; null for one about the whole request. */
export function fieldOf(problem: Problem): FieldName | null {
  // What binds a refusal is no field, though one may be called the same.
  if (problem.binding !== undefined) return null
  return problem.key !== undefined && problem.key in emptyDraft ? (problem.key as FieldName) : null
}
