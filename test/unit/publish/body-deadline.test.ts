/** A body that trickles in is cut off, unless its route allows it to. */

import type { AddressInfo } from 'node:net'
import net from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { limitBodies, SLOW_BODY } from '../../../publish/api/body-deadline.js'
import { createHttpServer, type HttpServer } from '../../../publish/api/http-server.js'
import { createLog } from '../../../shared/log.js'

let app: HttpServer
beforeAll(async () => {
  app = createHttpServer(createLog({ level: 'fatal', name: 'test' }))
  limitBodies(app, 200)
  app.post('/quick', async () => ({ ok: true }))
  app.post('/slow', { config: SLOW_BODY }, async () => ({ ok: true }))
  await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => app.close())

/** Sends the head and half a body, and the rest after `pauseMs`. @returns all that came back. */
function post(route: string, pauseMs: number): Promise<string> {
  const socket = net.connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  const head = `POST ${route} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{`
  socket.write(head)
  setTimeout(() => socket.write('}'), pauseMs)
  let text = ''
  socket.on('data', chunk => {
    text += chunk
  })
  socket.on('error', () => undefined) // written to after it was cut off
  return new Promise(resolve => socket.once('close', () => resolve(text)))
}

it('is answered where it came in time', async () => {
  expect(await post('/quick', 20)).toMatch(/^HTTP\/1.1 200 /)
})

it('is cut off where it did not, with a problem', async () => {
  const answer = await post('/quick', 600)
  expect(answer).toMatch(/^HTTP\/1.1 400 /)
  expect(answer).toContain('came too slowly')
})

it('may take its time where the route says so', async () => {
  expect(await post('/slow', 600)).toMatch(/^HTTP\/1.1 200 /)
})
