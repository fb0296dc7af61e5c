/** What is written about publish equals what it does: errors, REST, WebSocket. */
import fs from 'node:fs'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientMessageSchemas, serverMessageSchemas } from '../../publish/live/messages.js'
import { errorTable } from '../../shared/errors.js'
import { type PublishStage, startPublishStage } from '../tools/publish-stage.js'

const read = (name: string): string => fs.readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
const ajv = new Ajv({ strict: false, allowUnionTypes: true })

let stage: PublishStage
beforeAll(async () => {
  stage = await startPublishStage()
})
afterAll(() => stage.close())

describe('docs/errors.md', () => {
  it('lists exactly the codes of the table, with their status and what to do', () => {
    const rows = [...read('errors.md').matchAll(/^\| `(\w+)` +\| (\d+) +\| (.+?) *\|$/gm)]
    const documented = Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))
    const table = Object.fromEntries(Object.entries(errorTable).map(([code, { status }]) => [code, status]))
    expect(documented).toEqual(table)
    for (const [, code, , remedy] of rows) expect(remedy?.length, code).toBeGreaterThan(10)
  })
})

describe('/openapi.json', () => {
  const routes: [string, string[]][] = [
    ['/api/v1/streams', ['get', 'post']],
    ['/api/v1/streams/{id}', ['get', 'patch', 'delete']],
    ['/api/v1/streams/{id}/history', ['get']],
    ['/api/v1/probe', ['post']],
    ['/api/v1/gpus', ['get']],
    ['/api/v1/gpus/{id}/budget', ['get', 'patch']],
    ['/api/v1/audit', ['get']],
    ['/api/v1/models', ['get']],
    ['/api/v1/models/catalogue', ['get']],
    ['/api/v1/models/pull', ['post']],
    ['/api/v1/models/{name}', ['get', 'delete', 'put']],
    ['/api/v1/models/{name}/inspect', ['post']],
    ['/api/v1/models/{name}/prepare', ['post']],
    ['/api/v1/models/{name}/profile', ['get', 'post']],
    ['/api/v1/models/{name}/check', ['post']],
    ['/api/v1/models/{name}/compare', ['post']],
    ['/api/v1/models/{name}/quantize', ['post']],
    ['/api/v1/jobs', ['get']],
    ['/api/v1/jobs/{id}', ['get', 'delete']],
    ['/api/v1/memory/timeline', ['get']],
    ['/api/v1/memory/allocations', ['get']],
    ['/api/v1/memory/compactions', ['get']],
    ['/api/v1/memory/compact', ['post']],
    ['/api/v1/memory/snapshots', ['get', 'post']],
    ['/api/v1/memory/snapshots/{id}', ['get', 'delete']],
    ['/api/v1/memory/snapshots/{a}/diff/{b}', ['get']],
    ['/api/v1/alerts', ['get']],
    ['/api/v1/processes', ['get']],
    ['/api/v1/plan', ['post']],
    ['/healthz', ['get']],
    ['/readyz', ['get']],
    ['/metrics', ['get']],
    ['/openapi.json', ['get']],
    ['/asyncapi.json', ['get']],
  ]

  it('documents every route with its success and its problems, and nothing else', async () => {
    const document = (await stage.call('GET', '/openapi.json')).json
    expect(document.openapi).toMatch(/^3\.1/)
    const paths = Object.entries(document.paths as Record<string, object>)
    const methods = paths.map(([path, operations]) => [
      path,
      Object.keys(operations).filter(each => each !== 'head'),
    ])
    expect(Object.fromEntries(methods)).toEqual(Object.fromEntries(routes))
    for (const [path, operations] of paths) {
      for (const operation of Object.values(operations)) expect(operation.summary, path).toBeTruthy()
      if (!path.startsWith('/api/')) continue
      for (const operation of Object.values(operations)) {
        expect(operation.responses['4XX'].content['application/problem+json'].schema.required).toContain(
          'code',
        )
      }
    }
    const api = read('api.md')
    for (const [path, names] of routes)
      for (const name of names) expect(api).toContain(`\`${name.toUpperCase()} ${path}\``)
  })

  it('has schemas that compile and take what the routes answer', async () => {
    const document = (await stage.call('GET', '/openapi.json')).json
    await stage.call('POST', '/api/v1/streams', { id: 'gate', url: 'rtsp://camera.example/live' })
    for (const path of [
      '/api/v1/streams',
      '/api/v1/gpus',
      '/api/v1/models',
      '/api/v1/models/catalogue',
      '/api/v1/jobs',
      '/api/v1/memory/snapshots',
      '/api/v1/alerts',
      '/api/v1/processes',
      '/readyz',
      '/healthz',
    ]) {
      const answer = await stage.call('GET', path)
      const { content } = document.paths[path].get.responses[answer.status]
      const validate = ajv.compile(content['application/json'].schema)
      expect(validate(answer.json), `${path}: ${JSON.stringify(validate.errors)}`).toBe(true)
    }
  })
})

describe('/asyncapi.json', () => {
  it('documents every message of both directions, by references that resolve', async () => {
    const document = (await stage.call('GET', '/asyncapi.json')).json
    expect(document.asyncapi).toMatch(/^3\./)
    const namesOf = (operation: { messages: { $ref: string }[] }): string[] =>
      operation.messages.map(({ $ref }) => {
        const message = $ref
          .slice(2)
          .split('/')
          .reduce((node, key) => node[key], document) as { $ref: string }
        const resolved = message.$ref
          .slice(2)
          .split('/')
          .reduce((node, key) => node[key], document)
        ajv.compile(resolved.payload)
        expect(resolved.summary, $ref).toBeTruthy()
        return resolved.payload.properties.type.const
      })
    expect(namesOf(document.operations.receiveFromClient)).toEqual(Object.keys(clientMessageSchemas))
    expect(namesOf(document.operations.sendToClient)).toEqual(Object.keys(serverMessageSchemas))
  })
})

describe('docs/wire-format.md', () => {
  const examples = [...read('wire-format.md').matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) =>
    JSON.parse(json as string),
  )

  it('has an example of every message, and each fits its schema', () => {
    const schemas: Record<string, object> = { ...clientMessageSchemas, ...serverMessageSchemas }
    expect(new Set(examples.map(example => example.type))).toEqual(new Set(Object.keys(schemas)))
    for (const example of examples) {
      const validate = ajv.compile({ ...schemas[example.type], additionalProperties: false })
      expect(validate(example), `${example.type}: ${JSON.stringify(validate.errors)}`).toBe(true)
    }
  })
})
