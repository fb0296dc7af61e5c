/** Every failure of a request as RFC 9457 problem details: ours, Fastify's, and those that should not happen. */
import type { FastifyError } from 'fastify'
import { type ErrorCode, RingsideError } from '../../shared/errors.js'
import { validationError } from './validation.js'

export { problemOf } from '../../shared/api/problem.js'

export const PROBLEM_TYPE = 'application/problem+json'

/** What Fastify calls the failures that a client can cause. Its own texts are not passed on: they may quote the request. */
const fastifyErrors: Record<string, [code: ErrorCode, detail: string, remedy: string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'body_too_large',
    'The request body is over 64 KiB.',
    'A stream takes a few hundred bytes; send one at a time.',
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'The request body is not declared as JSON.',
    'Send `Content-Type: application/json`; a model file is application/octet-stream.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: [
    'invalid_request',
    'The request body is empty, though its content type is application/json.',
    'Send a JSON object, or leave the content type away.',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'invalid_request',
    'The request body has another length than its Content-Length says.',
    'Send the length of the body in bytes.',
  ],
  FST_ERR_BAD_URL: ['invalid_request', 'The path has a wrong percent-encoding.', 'Encode the path as UTF-8.'],
  FST_ERR_MAX_PARAM_LENGTH: [
    'invalid_stream_id',
    'The id in the path is too long.',
    'An id is 1–64 characters of a–z, 0–9, _ and -.',
  ],
}

/** The error that stands for whatever was thrown while a request was served. */
export function asRingsideError(error: unknown): RingsideError {
  if (error instanceof RingsideError) return error
  const { validation, validationContext, code } = error as FastifyError
  if (validation) return validationError(validation, validationContext ?? 'body')
  const known = fastifyErrors[code ?? '']
  if (known) return new RingsideError(known[0], known[1], { remedy: known[2], cause: error })
  return new RingsideError('internal', 'The request failed for a reason that its sender cannot mend.', {
    remedy: 'The log of publish tells more; please report it.',
    cause: error,
  })
}
