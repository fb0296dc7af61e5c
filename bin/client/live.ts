/** A WebSocket to publish that is opened again with back-off whenever it is lost, until told to stop. */
import WebSocket from 'ws'
import type { ClientMessage, ServerMessage } from '../../shared/api/views.js'
import { sleep } from '../../shared/clock.js'
import type { DetectionsMessage } from '../../shared/detection/message.js'
import { RingsideError } from '../../shared/errors.js'
import type { RingsideEvent } from '../../shared/stream/stream.js'
import type { Address } from './address.js'

const BASE_DELAY_MS = 250
const CAP_DELAY_MS = 8000
/** Publish pings every 15 s by default: silence much longer than that is a dead connection. */
const SILENCE_MS = 45_000

export type LiveMessage = DetectionsMessage | RingsideEvent | ServerMessage

export interface LiveListener {
  /** @param raw the message as it came, for those who pass it on. */
  onMessage(message: LiveMessage, raw: string): void
  onLost(reason: string, retryMs: number): void
}

/**
 * Resolves when `signal` ends it.
 * @throws RingsideError `unauthorized` or `origin_denied` (another try would not help), or what a subscription is refused with.
 */
export async function watchLive(
  address: Address,
  subscription: ClientMessage,
  listener: LiveListener,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    const end = await session(address, subscription, listener, signal)
    if (signal.aborted) return
    failures = end.opened ? 1 : failures + 1
    const retryMs = Math.min(BASE_DELAY_MS * 2 ** (failures - 1), CAP_DELAY_MS)
    listener.onLost(end.reason, retryMs)
    await sleep(retryMs, signal)
  }
}

function session(
  address: Address,
  subscription: ClientMessage,
  listener: LiveListener,
  signal: AbortSignal,
): Promise<{ opened: boolean; reason: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${address.url.replace(/^http/, 'ws')}/ws`, {
      headers: { authorization: `Bearer ${address.token}` },
      perMessageDeflate: false,
      handshakeTimeout: 5000,
    })
    let opened = false
    let reason = 'it closed the connection'
    let silence: NodeJS.Timeout | undefined
    const onAbort = (): void => socket.close(1000)
    const heard = (): void => {
      clearTimeout(silence)
      silence = setTimeout(() => {
        reason = 'it fell silent'
        socket.terminate()
      }, SILENCE_MS)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('open', () => {
      opened = true
      heard()
      socket.send(JSON.stringify(subscription))
    })
    socket.on('ping', heard)
    socket.on('message', (data, binary) => {
      heard()
      if (binary) return
      const raw = data.toString()
      const message = JSON.parse(raw) as LiveMessage
      if (message.type === 'error') reject(refusal(message))
      else listener.onMessage(message, raw)
    })
    socket.on('unexpected-response', (request, response) => {
      request.destroy()
      const denied = deniedBy(response.statusCode ?? 0, address)
      if (denied) reject(denied)
      else resolve({ opened, reason: `it answered ${response.statusCode}` })
    })
    socket.on('error', error => {
      reason = error.message || (error as NodeJS.ErrnoException).code || 'no connection'
    })
    socket.on('close', () => {
      clearTimeout(silence)
      signal.removeEventListener('abort', onAbort)
      resolve({ opened, reason })
    })
  })
}

function refusal(message: Extract<ServerMessage, { type: 'error' }>): RingsideError {
  return new RingsideError('invalid_request', message.detail, { remedy: message.remedy })
}

function deniedBy(status: number, address: Address): RingsideError | null {
  if (status !== 401 && status !== 403) return null
  return new RingsideError('unauthorized', `Ringside at ${address.url} refuses this token.`, {
    key: '--token',
    remedy: 'Give the token that `ringside up` printed, with --token or RINGSIDE_TOKEN.',
  })
}
