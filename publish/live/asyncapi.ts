/** `/asyncapi.json`: the WebSocket as AsyncAPI 3, made from the schemas that validate it. */
import type { TSchema } from 'typebox'
import { clientMessageSchemas, serverMessageSchemas } from './messages.js'

export function asyncApi(version: string): object {
  const messages = { ...clientMessageSchemas, ...serverMessageSchemas }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Ringside live detections',
      version,
      description:
        'Connect to /ws with `Authorization: Bearer <token>` or `?token=<token>`, then subscribe. Text messages are JSON; binary ones are pictures.',
    },
    defaultContentType: 'application/json',
    channels: {
      live: {
        address: '/ws',
        messages: mapValues(messages, (_, name) => ({ $ref: `#/components/messages/${name}` })),
      },
    },
    operations: {
      receiveFromClient: operation('receive', clientMessageSchemas),
      sendToClient: operation('send', serverMessageSchemas),
    },
    components: {
      messages: mapValues(messages, (schema, name) => ({
        name,
        contentType: name === 'picture' ? 'application/octet-stream' : 'application/json',
        summary: (schema as { description?: string }).description,
        payload: schema,
      })),
    },
  }
}

function operation(action: 'send' | 'receive', messages: Record<string, TSchema>): object {
  return {
    action,
    channel: { $ref: '#/channels/live' },
    messages: Object.keys(messages).map(name => ({ $ref: `#/channels/live/messages/${name}` })),
  }
}

function mapValues<T>(record: Record<string, T>, change: (value: T, name: string) => object): object {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]))
}
