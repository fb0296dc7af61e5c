/** Turns what a schema found wrong into an error that names the field, its value (never a secret) and the remedy. */
import { closest } from 'fastest-levenshtein'
import { type ErrorCode, RingsideError } from '../../shared/errors.js'
import { redactText } from '../../shared/secrets/redact.js'
import { HIDDEN } from './source-url.js'

/** The parts of an Ajv error that are used; `verbose: true` gives `data` and `parentSchema`. */
export interface SchemaFault {
  keyword: string
  instancePath: string
  params: Record<string, unknown>
  message?: string
  data?: unknown
  parentSchema?: unknown
}

interface ParentSchema {
  description?: string
  properties?: Record<string, unknown>
}

/** Fields whose faults have a code of their own. */
const codeOf: Record<string, ErrorCode> = { id: 'invalid_stream_id', url: 'invalid_source_url' }
const MAX_KEY_LENGTH = 100

/** @param where `body`, `params` …: what to call the whole, where no field of it is at fault. */
export function validationError(faults: readonly unknown[], where: string): RingsideError {
  const fault = faults[0] as SchemaFault
  const key = fault.instancePath.slice(1).replaceAll('/', '.')
  const schema = (fault.parentSchema ?? {}) as ParentSchema
  if (fault.keyword === 'additionalProperties') return unknownField(fault, schema)
  if (fault.keyword === 'required') return missingField(String(fault.params.missingProperty), schema)
  const code = codeOf[key] ?? 'invalid_request'
  return new RingsideError(code, `${key || `The ${where}`} ${fault.message ?? 'is not valid'}.`, {
    ...(key && { key, value: key === 'url' ? HIDDEN : shownValue(fault.data) }),
    remedy: schema.description ?? '/openapi.json describes every request.',
  })
}

function unknownField(fault: SchemaFault, schema: ParentSchema): RingsideError {
  const key = redactText(String(fault.params.additionalProperty)).slice(0, MAX_KEY_LENGTH)
  const fields = Object.keys(schema.properties ?? {})
  return new RingsideError('unknown_field', `There is no field ${JSON.stringify(key)}.`, {
    key,
    remedy:
      fields.length > 0
        ? `Did you mean ${closest(key, fields)}? The fields are ${fields.join(', ')}.`
        : 'Leave it away.',
  })
}

function missingField(key: string, schema: ParentSchema): RingsideError {
  const field = schema.properties?.[key] as ParentSchema | undefined
  return new RingsideError(codeOf[key] ?? 'invalid_request', `The field ${key} is missing.`, {
    key,
    remedy: field?.description ?? '/openapi.json describes every request.',
  })
}

/** A list or an object may hold anything, also a secret in the wrong place: only its kind is shown. */
function shownValue(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '(a list)' : '(an object)'
  return String(value)
}
