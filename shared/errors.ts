/**
 * Every error a person can meet: one table of codes, and the class that carries one of them.
 * A message says what is wrong, with which key and value, and what to do. `docs/errors.md` is checked against this table.
 */

/** code → HTTP status of the REST answer, and what the code means. */
export const errorTable = {
  invalid_config: { status: 500, title: 'A setting is unknown or has an impossible value' },
  invalid_request: { status: 400, title: 'The request does not fit its schema' },
  invalid_stream_id: { status: 400, title: 'A stream id is 1–64 characters of a–z, 0–9, _ and -' },
  invalid_source_url: { status: 400, title: 'The source URL cannot be used' },
  unknown_field: { status: 400, title: 'The request has a field that does not exist' },
  unknown_model: { status: 422, title: 'No such model is loaded' },
  unauthorized: { status: 401, title: 'The access token is missing or wrong' },
  too_many_failures: { status: 429, title: 'Too many failed logins from this address' },
  origin_denied: { status: 403, title: 'This web origin may not connect' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  method_not_allowed: { status: 405, title: 'This address does not take this method' },
  unknown_stream: { status: 404, title: 'No stream has this id' },
  stream_exists: { status: 409, title: 'A stream of this id exists' },
  body_too_large: { status: 413, title: 'The request body is too large' },
  unsupported_media_type: { status: 415, title: 'The request body is not application/json' },
  slab_full: { status: 507, title: 'No ring of slots is left for another stream' },
  budget_exceeded: { status: 507, title: 'The device cannot carry this beside what it carries' },
  budget_invalid: { status: 422, title: 'The budget cannot be as asked' },
  unknown_device: { status: 404, title: 'No device has this id' },
  unknown_snapshot: { status: 404, title: 'No memory snapshot has this id' },
  not_profiled: { status: 409, title: 'The model was never measured on this device' },
  shm_too_small: { status: 507, title: 'Shared memory is too small for the slab' },
  slab_invalid: { status: 500, title: 'The slab file is not one this version can use' },
  redis_unavailable: { status: 503, title: 'Redis does not answer' },
  redis_missing: { status: 500, title: 'redis-server is not installed' },
  ffmpeg_missing: { status: 500, title: 'FFmpeg is not installed' },
  ingest_unavailable: { status: 503, title: 'No ingest process answered' },
  invalid_model_name: { status: 400, title: 'A model name is 1–64 characters of A–Z, a–z, 0–9, ., _ and -' },
  model_not_found: { status: 404, title: 'No such model file' },
  model_invalid: { status: 422, title: 'The file is not an ONNX model that can be used' },
  model_family_unknown: { status: 422, title: 'The model is of no known family' },
  sidecar_invalid: {
    status: 422,
    title: 'The model.yml beside the model has an unknown key or an impossible value',
  },
  calibration_missing: { status: 422, title: 'int8 needs a calibration of the model' },
  calibration_invalid: { status: 422, title: 'The calibration is not of this model' },
  picture_unreadable: { status: 422, title: 'A picture or clip cannot be decoded' },
  dataset_invalid: { status: 422, title: 'The labelled pictures cannot be used' },
  model_changed: { status: 422, title: 'The bytes of a model are not those of its pinned digest' },
  model_exists: { status: 409, title: 'Another model has this name' },
  model_in_use: { status: 409, title: 'Streams use the model' },
  uploads_disabled: { status: 403, title: 'Models may not be uploaded' },
  download_failed: { status: 502, title: 'The model could not be downloaded' },
  no_network: { status: 503, title: 'The address of the model cannot be reached' },
  infer_unavailable: { status: 503, title: 'No infer process runs' },
  unknown_job: { status: 404, title: 'No job has this id' },
  too_many_jobs: { status: 429, title: 'Too many model jobs wait' },
  job_failed: { status: 500, title: 'A model job ended without a result' },
  engine_failed: { status: 500, title: 'The inference engine failed' },
  gpu_lost: { status: 500, title: 'The GPU failed for good: only a new process can use it again' },
  gpu_unavailable: { status: 500, title: 'The GPU, or a library that it needs, cannot be used' },
  gpu_provider_invalid: { status: 422, title: 'The GPU provider is not the one that was asked for' },
  gpu_provider_unavailable: { status: 502, title: 'The GPU provider could not be fetched' },
  sealed_secret_unreadable: { status: 500, title: 'A stored source URL cannot be opened with this key' },
  not_running: { status: 503, title: 'Ringside does not run, or does not answer' },
  already_running: { status: 409, title: 'Another `ringside up` holds this data folder' },
  port_in_use: { status: 500, title: 'Another program listens on the port' },
  stage_failed: { status: 500, title: 'A stage cannot run, and starting it again does not help' },
  internal: { status: 500, title: 'Something that should not happen did' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errorTable

export interface ErrorDetail {
  /** The setting or field at fault. */
  key?: string
  /** Its value, as given; never a secret. */
  value?: string
  /** What to do about it. */
  remedy?: string
  /** Extension members of its problem details (RFC 9457, 3.2): figures for programs. */
  members?: object
  cause?: unknown
}

export class RingsideError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly key: string | undefined
  readonly value: string | undefined
  readonly remedy: string | undefined
  readonly members: object | undefined

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'RingsideError'
    this.code = code
    this.status = errorTable[code].status
    this.key = detail.key
    this.value = detail.value
    this.remedy = detail.remedy
    this.members = detail.members
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
