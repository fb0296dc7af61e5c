/** What the exit codes of `ringside` mean, and which error ends with which: scripts rely on them. `docs/operations.md` is checked against this. */
import { type ErrorCode, RingsideError } from '../shared/errors.js'

export const ExitCode = {
  OK: 0,
  FAILURE: 1,
  USAGE: 2,
  NOT_FOUND: 3,
  NOT_RUNNING: 4,
  DENIED: 5,
  CONFLICT: 6,
  MISSING: 7,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

export const exitCodeTable: Record<ExitCode, string> = {
  0: 'It worked; also: ended by Ctrl-C or SIGTERM, as asked.',
  1: 'It failed; `doctor` found something that must be mended.',
  2: 'The command line, a setting or a value is wrong.',
  3: 'There is no such stream, model, device or file.',
  4: 'Ringside does not run, or cannot be reached.',
  5: 'The access token is missing or wrong.',
  6: 'It is there already: the stream id, the port, another `up`; or no room is left for it.',
  7: 'A program that Ringside needs is not installed.',
}

const codes: Partial<Record<ErrorCode, ExitCode>> = {
  invalid_config: ExitCode.USAGE,
  invalid_request: ExitCode.USAGE,
  invalid_stream_id: ExitCode.USAGE,
  invalid_source_url: ExitCode.USAGE,
  unknown_field: ExitCode.USAGE,
  invalid_model_name: ExitCode.USAGE,
  unknown_stream: ExitCode.NOT_FOUND,
  unknown_model: ExitCode.NOT_FOUND,
  not_found: ExitCode.NOT_FOUND,
  model_not_found: ExitCode.NOT_FOUND,
  unknown_job: ExitCode.NOT_FOUND,
  unknown_device: ExitCode.NOT_FOUND,
  budget_invalid: ExitCode.USAGE,
  unknown_snapshot: ExitCode.NOT_FOUND,
  not_profiled: ExitCode.NOT_FOUND,
  not_running: ExitCode.NOT_RUNNING,
  infer_unavailable: ExitCode.NOT_RUNNING,
  redis_unavailable: ExitCode.NOT_RUNNING,
  ingest_unavailable: ExitCode.NOT_RUNNING,
  unauthorized: ExitCode.DENIED,
  origin_denied: ExitCode.DENIED,
  stream_exists: ExitCode.CONFLICT,
  model_exists: ExitCode.CONFLICT,
  model_in_use: ExitCode.CONFLICT,
  slab_full: ExitCode.CONFLICT,
  budget_exceeded: ExitCode.CONFLICT,
  already_running: ExitCode.CONFLICT,
  port_in_use: ExitCode.CONFLICT,
  redis_missing: ExitCode.MISSING,
  ffmpeg_missing: ExitCode.MISSING,
}

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof RingsideError ? (codes[error.code] ?? ExitCode.FAILURE) : ExitCode.FAILURE
}

/** The table as `--help` shows it. */
export function exitCodeHelp(): string {
  const rows = Object.entries(exitCodeTable).map(([code, meaning]) => `  ${code}  ${meaning}`)
  return ['Exit codes:', ...rows].join('\n')
}
