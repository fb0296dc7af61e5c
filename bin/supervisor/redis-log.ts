/** Lines of redis-server ("pid:role date time mark text") in the form of ours, at the level they have for a person who did not start a Redis. */
import type { LogLine } from './log-line.js'

const DEBUG = 20
const WARN = 40
const line = /^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ ([.\-*#]) (.*)$/

/** @param serving once it answers: its banner and its advice on the kernel come before, and tell nothing new. */
export function parseRedisLine(text: string, serving: boolean): LogLine {
  const [, mark, msg = text] = line.exec(text) ?? []
  const level = serving && mark === '#' ? WARN : DEBUG
  return { stage: 'redis', level, time: Date.now(), msg }
}
