/** Tells the person who started publish by hand where it is. The only place that writes a token anywhere. */
import type { Log } from '../shared/log.js'

/** @param freshToken one made at this start; null where the operator has it already. */
export function announce(log: Log, address: string, freshToken: string | null): void {
  log.info({ address }, 'publish listens')
  if (freshToken === null) return
  // Beside the log, which would rightly hide it, and on stderr, so that stdout stays one JSON object a line.
  process.stderr.write(`Dashboard: ${address}/?token=${freshToken}\n`)
}
