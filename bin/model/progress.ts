/** How far a long command is: one line on stderr that is written over where a person looks on, JSON lines where a program asked for JSON. */
import { createProgress } from '../output/progress.js'

export interface Progress {
  at(count: number): void
  end(): void
}

export function startProgress(what: string, total: number, json = process.argv.includes('--json')): Progress {
  if (json) {
    const lines = createProgress(true)
    return {
      at: done => lines.report({ step: what, done, total, unit: 'frames' }),
      end: () => lines.end(),
    }
  }
  const shown = process.stderr.isTTY === true
  return {
    at: count => {
      if (shown) process.stderr.write(`\r${what}: ${count} of ${total}`)
    },
    end: () => {
      if (shown) process.stderr.write('\r\u001b[K')
    },
  }
}
