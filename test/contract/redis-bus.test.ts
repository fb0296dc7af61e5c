import { afterAll, beforeAll } from 'vitest'
import { decodeFrameRef, type FrameRef } from '../../shared/frame/frame-ref.js'
import { addDetections, addEvent, addFrameRef } from '../../shared/redis/publish-streams.js'
import { createStreamReader } from '../../shared/redis/stream-reader.js'
import { startRedis, type TestRedis } from '../tools/redis-server.js'
import { type Bus, busContract } from './bus.js'

let server: TestRedis
let serial = 0
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.close())

busContract('redis streams', (): Bus => {
  const connection = server.connect(`bus-${serial++}`)
  const { redis, keys } = connection
  const keyOf = { refs: keys.refs('slab'), detections: keys.detections, events: keys.events }
  return {
    addRef: ref => addFrameRef(redis, keys, 'slab', ref),
    addDetections: (stream, message) => addDetections(redis, keys, stream, message),
    addEvent: event => addEvent(redis, keys, event),
    reader(of) {
      const reader = createStreamReader(connection.duplicate(), [keyOf[of]], 300)
      return {
        async read(): Promise<(FrameRef | Buffer)[]> {
          const entries = await reader.read()
          return entries.map(({ fields }) =>
            of === 'refs' ? (decodeFrameRef(fields.map(String)) as FrameRef) : (fields.at(-1) as Buffer),
          )
        },
        close: () => reader.close(),
      }
    },
  }
})
