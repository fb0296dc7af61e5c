/** The dashboard's files as publish serves them: open, cached by their names, and nothing beside them. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Access } from '../../publish/access/access.js'
import { dashboardRoutes } from '../../publish/api/dashboard.js'
import { createHttpServer } from '../../publish/api/http-server.js'

const access = new Access({ token: 'a-token', allowedOrigins: [], host: '127.0.0.1' })
let parent: string

beforeAll(() => {
  parent = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-web-'))
  fs.mkdirSync(path.join(parent, 'web/assets'), { recursive: true })
  fs.writeFileSync(path.join(parent, 'web/index.html'), '<!doctype html><title>Ringside</title>')
  fs.writeFileSync(path.join(parent, 'web/assets/main-B3xA91.js'), 'export {}')
  fs.writeFileSync(path.join(parent, 'secret.txt'), 'secret')
})
afterAll(() => fs.rmSync(parent, { recursive: true, force: true }))

async function serve(folder: string) {
  const app = createHttpServer(pino({ level: 'silent' }))
  await app.register(scope => dashboardRoutes(scope, access, path.join(parent, folder)))
  return app
}

it('are open; the page is never kept by the browser, and what is named by its content for ever', async () => {
  const app = await serve('web')
  const page = await app.inject('/')
  expect([page.statusCode, page.headers['cache-control']]).toEqual([200, 'no-cache'])
  expect(page.headers['content-type']).toContain('text/html')
  expect(page.headers['content-security-policy']).toContain("default-src 'self'")
  const script = await app.inject('/assets/main-B3xA91.js')
  expect(script.headers['cache-control']).toContain('immutable')
  expect(script.headers['content-type']).toContain('javascript')
  await app.close()
})

it('are all that is served', async () => {
  const app = await serve('web')
  for (const url of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/',
    '/none.js',
  ]) {
    expect((await app.inject(url)).statusCode, url).toBeGreaterThanOrEqual(400)
  }
  await app.close()
})

it('say how to build them where they are missing, and the first visit works all the same', async () => {
  const app = await serve('not-built')
  const page = await app.inject('/')
  expect([page.statusCode, page.body]).toEqual([503, expect.stringContaining('npm run build')])
  const visit = await app.inject('/?token=a-token')
  expect([visit.statusCode, visit.headers.location]).toEqual([303, '/'])
  expect((await app.inject('/?token=wrong')).statusCode).toBe(401)
  await app.close()
})
