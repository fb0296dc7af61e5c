/** The dashboard's files: open to everybody, since they hold no data; and the first visit, which trades the token for a cookie. */
import fs from 'node:fs'
import path from 'node:path'
import fastifyStatic from '@fastify/static'
import { packageRoot } from '../../shared/process/version.js'
import type { Access } from '../access/access.js'
import { queryOf } from '../access/credential.js'
import type { HttpServer } from './http-server.js'

/** Vite names these by content: they never change. */
const HASHED_FOLDER = `${path.sep}assets${path.sep}`
const ONE_YEAR = 'public, max-age=31536000, immutable'

const NOT_BUILT = `The dashboard is not built. Run \`npm run build\` in the folder of Ringside, then restart publish.
The API works without it: see /openapi.json.
`

export async function dashboardRoutes(
  scope: HttpServer,
  access: Access,
  folder = path.join(packageRoot, 'dist/web'),
): Promise<void> {
  scope.addHook('onRequest', async (request, reply) => {
    const firstVisit = request.routeOptions.url === '/' && queryOf(request.url).has('token')
    if (!firstVisit) return
    access.check(request.raw, 'dashboard')
    return reply.header('set-cookie', access.sessionCookie()).redirect('/', 303)
  })
  if (!fs.existsSync(path.join(folder, 'index.html'))) {
    scope.get('/', { schema: { hide: true } }, (_, reply) =>
      reply.code(503).type('text/plain').send(NOT_BUILT),
    )
    return
  }
  await scope.register(fastifyStatic, {
    root: folder,
    wildcard: false, // one route a file: nothing else in the folder's neighbourhood can be reached
    schemaHide: true,
    cacheControl: false,
    setHeaders: (reply, file) => {
      reply.setHeader('cache-control', file.includes(HASHED_FOLDER) ? ONE_YEAR : 'no-cache')
    },
  })
}
