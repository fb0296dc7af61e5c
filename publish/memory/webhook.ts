/** Posts one alert to the operator's address, signed. Neither address nor secret is ever part of what is logged or thrown. */
import { createHmac } from 'node:crypto'
import { RingsideError } from '../../shared/errors.js'
import type { AlertEvent } from '../../shared/memory/alert.js'
import { version } from '../../shared/process/version.js'

const TIMEOUT_MS = 5000

export interface WebhookSettings {
  webhookUrl: string
  webhookSecret: string
}

export interface Webhook {
  /** @param delivery the same for every try of one event. @throws Error where the answer is not 2xx, or none comes in 5 s. */
  deliver(event: AlertEvent, delivery: string): Promise<void>
}

/**
 * The address is the operator's own: any host, http or https. Redirects are not followed.
 * @returns null where none is set.
 * @throws RingsideError `invalid_config`
 */
export function createWebhook({ webhookUrl, webhookSecret }: WebhookSettings): Webhook | null {
  if (webhookUrl === '') return null
  const url = addressOf(webhookUrl)
  return {
    async deliver(event, delivery): Promise<void> {
      const body = JSON.stringify(event)
      const answer = await post(url, body, {
        'content-type': 'application/json',
        'user-agent': `Ringside/${version}`,
        'ringside-delivery': delivery,
        ...(webhookSecret !== '' && { 'ringside-signature': signatureOf(body, webhookSecret, Date.now()) }),
      })
      if (!answer.ok) throw new Error(refused(answer.status))
    },
  }
}

/** `t=<unix s>,v1=<hex>`: HMAC-SHA-256 (RFC 2104) of `<t>.<body>`; the time lets receivers refuse what is sent again. */
export function signatureOf(body: string, secret: string, atMs: number): string {
  const seconds = Math.floor(atMs / 1000)
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${digest}`
}

async function post(
  url: URL,
  body: string,
  headers: Record<string, string>,
): Promise<{ ok: boolean; status: number }> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await answer.body?.cancel()
    return { ok: answer.ok, status: answer.status }
  } catch (error) {
    throw new Error(reasonOf(error)) // without its cause: that names the address
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `The receiver did not answer within ${TIMEOUT_MS} ms.`
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined
  return `The receiver cannot be reached (${cause?.code ?? (error instanceof Error ? error.name : 'unknown')}).`
}

function refused(status: number): string {
  const isRedirect = status >= 300 && status < 400
  return `The receiver answered ${status}${isRedirect ? '; redirects are not followed' : ''}.`
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const isUsable =
    url && (url.protocol === 'http:' || url.protocol === 'https:') && !url.username && !url.password
  if (isUsable) return url
  throw new RingsideError(
    'invalid_config',
    'alerts.webhookUrl is no http:// or https:// address without a user and a password.',
    {
      key: 'alerts.webhookUrl',
      value: '(hidden)',
      remedy: 'Give the whole address, or leave it empty; alerts.webhookSecret signs what is sent.',
    },
  )
}
