/** How far a long command is: one line on stderr that is written over, where a person looks on. */

export interface Progress {
  at(count: number): void
  end(): void
}

export function startProgress(what: string, total: number): Progress {
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
