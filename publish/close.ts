/**
 * How publish closes, in at most 2.2 s whatever hangs:
 *
 *   0 ms      no new connections; WebSocket clients get 1001; the control queue closes
 *   1,000 ms  clients that did not say goodbye are cut off
 *   2,000 ms  requests that still run are cut off
 */
import type { Log } from '../shared/log.js'
import type { HttpServer } from './api/http-server.js'

const CLOSE_TIMEOUT_MS = 2000
const LAST_WAIT_MS = 200

/** @param parts closed beside the server; each is idempotent. */
export async function closePublish(
  server: HttpServer,
  parts: { close(): Promise<void> }[],
  log: Log,
): Promise<void> {
  const closed = Promise.all([server.close(), ...parts.map(part => part.close())])
  if (await endsWithin(closed, CLOSE_TIMEOUT_MS)) return
  log.warn('requests were cut off at close')
  server.server.closeAllConnections()
  await endsWithin(closed, LAST_WAIT_MS)
}

async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const ended = await Promise.race([work.then(() => true), late])
  clearTimeout(timer)
  return ended
}
