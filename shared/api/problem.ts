/** An error as RFC 9457 problem details: what REST answers, and what a job keeps of its failure. */
import { errorTable, type RingsideError } from '../errors.js'
import { redactText } from '../secrets/redact.js'
import type { Problem } from './views.js'

const MAX_VALUE_LENGTH = 200

/** What was sent may be quoted, with a URL in a field where none belongs: no credential of it comes back. */
export function problemOf(error: RingsideError): Problem {
  return {
    type: `urn:ringside:error:${error.code}`,
    title: errorTable[error.code].title,
    status: error.status,
    detail: redactText(error.message),
    code: error.code,
    ...(error.key !== undefined && { key: redactText(error.key) }),
    ...(error.value !== undefined && { value: shorten(redactText(error.value)) }),
    ...(error.remedy !== undefined && { remedy: error.remedy }),
    ...error.members,
  }
}

function shorten(value: string): string {
  return value.length <= MAX_VALUE_LENGTH ? value : `${value.slice(0, MAX_VALUE_LENGTH)}…`
}
