/** The machine-readable descriptions: `/openapi.json`, generated from the routes' schemas, and `/asyncapi.json`, of the WebSocket. */
import swagger from '@fastify/swagger'
import { version } from '../../shared/process/version.js'
import { asyncApi } from '../live/asyncapi.js'
import type { HttpServer } from './http-server.js'

/** Call before any route is registered: it watches them come. */
export async function describeRoutes(app: HttpServer): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ringside',
        version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        description: 'Live object detections from RTSP cameras. Errors are RFC 9457 problem details.',
      },
      tags: [
        { name: 'streams', description: 'Cameras: desired and actual state' },
        { name: 'models', description: 'Models: what can be named, the registry, jobs on them' },
        { name: 'memory', description: 'Memory over time, snapshots, alerts' },
        { name: 'system', description: 'Devices, processes' },
        { name: 'health', description: 'Health, metrics, descriptions' },
      ],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          cookie: { type: 'apiKey', in: 'cookie', name: 'ringside' },
        },
      },
      security: [{ token: [] }, { cookie: [] }],
    },
  })
}

export function documentRoutes(scope: HttpServer): void {
  const schema = { tags: ['health'] }
  scope.get('/openapi.json', { schema: { ...schema, summary: 'This description' } }, async () =>
    scope.swagger(),
  )
  scope.get('/asyncapi.json', { schema: { ...schema, summary: 'The WebSocket, as AsyncAPI 3' } }, async () =>
    asyncApi(version),
  )
}
