/** Tells Redis every ten seconds which models can be named here, and the host when that changed. */
import { messageOf } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import type { ModelRecord } from '../../shared/model/model-record.js'

const PERIOD_MS = 10_000

export interface RecordParts {
  list(): Promise<ModelRecord[]>
  write(records: readonly ModelRecord[]): Promise<void>
  /** A file came, went or changed: what could not be loaded may be there now. */
  onChange(): void
}

export interface RecordWriter {
  /** Looks at once, as after a job that changed the models; a look under way is followed by another. */
  look(): Promise<void>
  close(): void
}

export function writeRecords(parts: RecordParts, log: Log): RecordWriter {
  let last = ''
  let tail = Promise.resolve()
  let waiting = 0
  async function look(): Promise<void> {
    waiting--
    try {
      const records = await parts.list()
      await parts.write(records)
      const now = JSON.stringify(records)
      if (last !== '' && now !== last) parts.onChange()
      last = now
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'the models that can be named are not known')
    }
  }
  function enqueue(): Promise<void> {
    if (waiting > 0) return tail // one that has not begun sees everything that has happened by now
    waiting++
    tail = tail.then(look)
    return tail
  }
  const timer = setInterval(() => void enqueue(), PERIOD_MS)
  void enqueue()
  return { look: enqueue, close: () => clearInterval(timer) }
}
