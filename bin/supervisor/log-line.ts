/** A line that a child wrote: pino's JSON, or anything else. Read for its fault, and shown to people in a short form. */
import { type ErrorCode, errorTable, RingsideError } from '../../shared/errors.js'

export interface LogLine {
  stage: string
  level: number
  time: number
  msg: string
  code?: string
  key?: string
  value?: string
  remedy?: string
  [field: string]: unknown
}

const INFO = 30
const WARN = 40
const FATAL = 60
const levelNames: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: '',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
}
/** Shown in the head of a line, or of no use to a person. */
const headFields = new Set([
  'stage',
  'level',
  'time',
  'msg',
  'pid',
  'hostname',
  'version',
  'instance',
  'remedy',
  'err',
])

export function parseLogLine(stage: string, text: string, stderr: boolean): LogLine {
  if (text.startsWith('{')) {
    try {
      const line = JSON.parse(text) as Partial<LogLine>
      if (typeof line.level === 'number' && typeof line.msg === 'string')
        return { ...line, stage, level: line.level, time: Number(line.time ?? Date.now()), msg: line.msg }
    } catch {
      // not JSON after all: shown as text below
    }
  }
  return { stage, level: stderr ? WARN : INFO, time: Date.now(), msg: text }
}

/** What the process says it died of. */
export function faultOf(line: LogLine): RingsideError | null {
  if (line.level < FATAL) return null
  const code =
    line.code !== undefined && Object.hasOwn(errorTable, line.code) ? (line.code as ErrorCode) : 'internal'
  const message = line.remedy ? line.msg.replace(line.remedy, '').trim() : line.msg
  return new RingsideError(code, `${line.stage}: ${message}`, {
    ...(line.key && { key: line.key }),
    ...(line.value && { value: line.value }),
    ...(line.remedy && { remedy: line.remedy }),
  })
}

/** "14:03:22 ingest  WARN the camera does not answer  stream=gate" */
export function formatLogLine(line: LogLine): string {
  const clock = new Date(line.time).toTimeString().slice(0, 8)
  const level = levelNames[line.level] ?? String(line.level)
  const fields = Object.entries(line)
    .filter(([name, value]) => !headFields.has(name) && value !== undefined && value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  const error = (line.err as { message?: string } | undefined)?.message
  const text = [line.msg, error && error !== line.msg ? `(${error})` : '', ...fields]
    .filter(Boolean)
    .join(' ')
  return `${clock} ${line.stage.padEnd(7)} ${level ? level + ' ' : ''}${text}`
}
