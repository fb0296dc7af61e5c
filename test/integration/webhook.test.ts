/** The webhook against a real HTTP server on loopback: what is sent, and how each way of not taking it is told. */
import { createHmac } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createWebhook, signatureOf } from '../../publish/memory/webhook.js'
import type { AlertEvent } from '../../shared/memory/alert.js'
import { freePort } from '../tools/free-port.js'

const event: AlertEvent = {
  type: 'alert',
  v: 1,
  id: 'shm:host',
  kind: 'shm',
  device: null,
  state: 'firing',
  value: 0.95,
  threshold: 0.9,
  meaning: '95 % of the tmpfs – “full” – is in use.',
  remedy: 'r',
  owners: [],
  sinceMs: 1,
  atMs: 2,
}
let server: http.Server
let base: string
let asked: { method: string; path: string; headers: http.IncomingHttpHeaders; body: string }[] = []

beforeAll(async () => {
  server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      asked.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() })
      if (url === '/silent') return
      response.writeHead(url === '/moved' ? 307 : url === '/broken' ? 500 : 202, { location: `${base}/ok` })
      response.end('thanks')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})
beforeEach(() => {
  asked = []
})

const deliver = (webhookUrl: string, webhookSecret = 'secret') =>
  createWebhook({ webhookUrl, webhookSecret })?.deliver(event, 'shm-host-firing-1')

describe('a webhook', () => {
  it('posts the event as JSON, signed over time and body', async () => {
    await deliver(`${base}/ok?room=1`)
    expect(asked).toHaveLength(1)
    const [{ method, path, headers, body }] = asked as [(typeof asked)[0]]
    expect([method, path, headers['content-type']]).toEqual(['POST', '/ok?room=1', 'application/json'])
    expect(JSON.parse(body)).toEqual(event)
    expect(headers['ringside-delivery']).toBe('shm-host-firing-1')
    const [, t] = /^t=(\d+),/.exec(String(headers['ringside-signature'])) ?? []
    const hex = createHmac('sha256', 'secret').update(`${t}.${body}`).digest('hex')
    expect(headers['ringside-signature']).toBe(`t=${t},v1=${hex}`)
  })

  it('signs the second of each try, so that an old one cannot be sent again as new', () => {
    expect(signatureOf('body', 'key', 1_795_271_400_999)).toMatch(/^t=1795271400,v1=[0-9a-f]{64}$/)
    expect(signatureOf('body', 'key', 0)).not.toBe(signatureOf('body', 'key', 1000))
  })

  it('is not signed without a secret', async () => {
    await deliver(`${base}/ok`, '')
    expect(asked[0]?.headers).not.toHaveProperty('ringside-signature')
  })

  it.each([
    ['/broken', 'The receiver answered 500.'],
    ['/moved', 'The receiver answered 307; redirects are not followed.'],
  ])('at %s is not taken: it says why, and not where', async (path, why) => {
    await expect(deliver(base + path)).rejects.toThrow(new Error(why))
    expect(asked.map(each => each.path)).toEqual([path])
  })

  it('to nobody says so without the address, in the whole error', async () => {
    const port = await freePort()
    const error = await deliver(`http://127.0.0.1:${port}/of-the-operator`)?.catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toEqual(new Error('The receiver cannot be reached (ECONNREFUSED).'))
    expect((error as Error).cause).toBeUndefined()
  })

  it('to one who never answers ends after five seconds', async () => {
    const startedMs = performance.now()
    await expect(deliver(`${base}/silent`)).rejects.toThrow('did not answer within 5000 ms')
    expect(performance.now() - startedMs).toBeLessThan(8000)
  }, 12_000)

  it('is none where no address is set, and refused where it is none that can be used', () => {
    expect(createWebhook({ webhookUrl: '', webhookSecret: 's' })).toBeNull()
    for (const webhookUrl of [
      'ftp://a.example/x',
      'file:///etc/passwd',
      'a.example/x',
      'http://u:p4ssw0rd@a.example/',
    ]) {
      const refuse = () => createWebhook({ webhookUrl, webhookSecret: '' })
      expect(refuse).toThrow(expect.objectContaining({ code: 'invalid_config', key: 'alerts.webhookUrl' }))
      expect(refuse).not.toThrow(webhookUrl)
    }
  })
})
