/** A WebSocket client that keeps what it was sent. */
import { WebSocket } from 'ws'
import type { ClientMessage } from '../../shared/api/views.js'
import type { DetectionsMessage } from '../../shared/detection/message.js'
import type { Stages } from './stages.js'

export interface LiveClient {
  detections: DetectionsMessage[]
  events: { type: string; [key: string]: unknown }[]
  pictures: Buffer[]
  send(message: ClientMessage): void
  /** The first detections message from now on that fits. */
  next(fits: (message: DetectionsMessage) => boolean, timeoutMs?: number): Promise<DetectionsMessage>
  close(): void
}

export async function connectLive(stages: Pick<Stages, 'url' | 'token'>): Promise<LiveClient> {
  const socket = new WebSocket(`${stages.url.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${stages.token}` },
  })
  socket.setMaxListeners(0)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const client: LiveClient = {
    detections: [],
    events: [],
    pictures: [],
    send: message => socket.send(JSON.stringify(message)),
    next(fits, timeoutMs = 20_000) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no such detections within ${timeoutMs} ms`)),
          timeoutMs,
        )
        const look = (data: Buffer, binary: boolean): void => {
          const message = binary ? null : JSON.parse(String(data))
          if (message?.type !== 'detections' || !fits(message)) return
          clearTimeout(timer)
          socket.off('message', look)
          resolve(message)
        }
        socket.on('message', look)
      })
    },
    close: () => socket.close(),
  }
  socket.on('message', (data: Buffer, binary: boolean) => {
    if (binary) client.pictures.push(data)
    else keep(client, JSON.parse(String(data)))
  })
  return client
}

function keep(client: LiveClient, message: { type: string }): void {
  if (message.type === 'detections') client.detections.push(message as DetectionsMessage)
  else client.events.push(message)
}
