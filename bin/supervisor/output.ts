/** The one output of `up`: the lines of all children and its own, short for a terminal, JSON lines for anything else. */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { redactText } from '../../shared/secrets/redact.js'
import { formatLogLine, type LogLine, parseLogLine } from './log-line.js'

const pinoLevels: Readonly<Record<string, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
}

export interface Output {
  /** Passes every line on, until the stream ends; `onLine` sees each. */
  follow(stage: string, stream: Readable, stderr: boolean, onLine?: (line: LogLine) => void): void
  /** One line, unless it is below the configured level. */
  line(line: LogLine): void
  info(msg: string, fields?: Record<string, unknown>): void
  warn(msg: string, fields?: Record<string, unknown>): void
  /** The address with its token: the one line that is not redacted. */
  announce(address: string, note: string): void
}

/** @param level the least severe that is shown of what `up` itself and Redis say; the stages keep to it by themselves. */
export function createOutput(stdout: NodeJS.WriteStream, level: string): Output {
  const threshold = pinoLevels[level] ?? Number.POSITIVE_INFINITY
  const write = (line: LogLine): void => {
    stdout.write(redactText(stdout.isTTY ? formatLogLine(line) : JSON.stringify(line)) + '\n')
  }
  const atLevel = (line: LogLine): void => {
    if (line.level >= threshold) write(line)
  }
  const own = (level: number, msg: string, fields: Record<string, unknown>): void =>
    atLevel({ level, time: Date.now(), stage: 'up', pid: process.pid, ...fields, msg })
  // A reader that left (`ringside up | head`) must not end the supervisor before its children.
  stdout.on('error', () => undefined)
  return {
    follow(stage, stream, stderr, onLine): void {
      createInterface({ input: stream }).on('line', text => {
        if (text.trim() === '') return
        const line = parseLogLine(stage, text, stderr)
        write(line)
        onLine?.(line)
      })
    },
    line: atLevel,
    info: (msg, fields = {}) => own(30, msg, fields),
    warn: (msg, fields = {}) => own(40, msg, fields),
    announce(address, note): void {
      if (stdout.isTTY)
        stdout.write(`\n  Ringside runs. ${note}\n\n      ${address}\n\n  Ctrl-C stops it.\n\n`)
      else
        stdout.write(
          JSON.stringify({
            level: 30,
            time: Date.now(),
            stage: 'up',
            pid: process.pid,
            address,
            msg: `Ringside runs. ${note}`,
          }) + '\n',
        )
    },
  }
}
