/** The WebSocket of publish over a real Redis: what is forwarded, filtered, lost, refused; and pictures. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientMessage } from '../../shared/api/views.js'
import { type DetectionsMessage, encodePicture } from '../../shared/detection/message.js'
import { addDetections, addEvent } from '../../shared/redis/publish-streams.js'
import { type PublishStage, startPublishStage } from '../tools/publish-stage.js'

let stage: PublishStage
beforeAll(async () => {
  stage = await startPublishStage({
    RINGSIDE_PUBLISH_CLIENT_QUEUE_BYTES: '65536',
  })
})
afterAll(() => stage.close())

function message(stream: string, seq: number, padding = ''): DetectionsMessage & { padding: string } {
  const detection = (name: string, score: number, i: number) => ({
    id: `${stream}-1-${seq}-${i}`,
    classId: i,
    class: name,
    score,
    box: [1, 2, 30, 40] as const,
  })
  return {
    type: 'detections',
    v: 1,
    stream,
    epoch: 1,
    seq,
    capturedAt: 1,
    frame: { width: 640, height: 480 },
    model: 'ringside-nano',
    detections: [detection('person', 0.9, 0), detection('person', 0.4, 1), detection('car', 0.8, 2)],
    timing: { decodeMs: 1, queueMs: 1, batchMs: 1, inferMs: 1, postMs: 1, totalMs: 5 },
    padding,
  }
}
/** As infer would serialise it, in a spelling that parsing and serialising again would change. */
const spelt = (stream: string, seq: number, padding = ''): string =>
  JSON.stringify(message(stream, seq, padding)).replace('"score":0.9,', '"score": 0.90,')

const tell = (stream: string, text: string): Promise<unknown> =>
  addDetections(stage.peer.redis, stage.peer.keys, stream, text)

describe('detections and events', () => {
  it('are forwarded byte for byte to whoever filters nothing', async () => {
    const live = await stage.open()
    await live.say({ type: 'subscribe' })
    await tell('gate', spelt('gate', 1))
    expect(await live.until(text => text.includes('"detections"'))).toBe(spelt('gate', 1))
    live.socket.close()
  })

  it('come only of the streams and with the detections that were asked for', async () => {
    const live = await stage.open()
    await live.say({ type: 'subscribe', streams: ['gate'], classes: ['person'], minScore: 0.5 })
    expect(JSON.parse(live.received.at(-1) as string)).toEqual({
      type: 'subscribed',
      streams: ['gate'],
      classes: ['person'],
      minScore: 0.5,
      pictures: [],
    })
    await tell('yard', spelt('yard', 1))
    await tell('gate', spelt('gate', 2))
    const got = JSON.parse(await live.until(text => text.includes('"detections"')))
    const all = message('gate', 2)
    expect(got).toEqual({ ...all, detections: [all.detections[0]] })
    expect(live.received.join()).not.toContain('yard')
    live.socket.close()
  })

  it('whose filter keeps all are forwarded as they are, and whose filter keeps none come empty', async () => {
    const all = await stage.open()
    const none = await stage.open()
    await all.say({ type: 'subscribe', minScore: 0.1 })
    await none.say({ type: 'subscribe', classes: ['zebra'] })
    await tell('gate', spelt('gate', 3))
    expect(await all.until(text => text.includes('"detections"'))).toBe(spelt('gate', 3))
    expect(JSON.parse(await none.until(text => text.includes('"detections"')))).toMatchObject({
      seq: 3,
      detections: [],
    })
    all.socket.close()
    none.socket.close()
  })

  it('events come to whoever covers their stream', async () => {
    const live = await stage.open()
    await live.say({ type: 'subscribe', streams: ['gate'], classes: ['person'] })
    const state = {
      type: 'stream.state',
      v: 1,
      stream: 'gate',
      state: 'live',
      reason: null,
      since: 5,
    } as const
    const drops = { type: 'drops', v: 1, stream: 'gate', at: 6, drops: { stale_ref: 3 } } as const
    await addEvent(stage.peer.redis, stage.peer.keys, { ...state, stream: 'yard' })
    await addEvent(stage.peer.redis, stage.peer.keys, state)
    await addEvent(stage.peer.redis, stage.peer.keys, drops)
    expect(await live.until(text => text.includes('"drops"'))).toBe(JSON.stringify(drops))
    expect(live.received).toContain(JSON.stringify(state))
    expect(live.received.join()).not.toContain('yard')
    live.socket.close()
  })

  it('stop with unsubscribe, and a new subscription replaces the one before', async () => {
    const live = await stage.open()
    await live.say({ type: 'subscribe', streams: ['gate'] })
    await live.say({ type: 'subscribe', streams: ['yard'] })
    await tell('gate', spelt('gate', 4))
    await tell('yard', spelt('yard', 4))
    await live.until(text => text.includes('"yard"') && text.includes('"detections":'))
    await live.say({ type: 'unsubscribe' })
    const count = live.received.length
    await tell('yard', spelt('yard', 5))
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(live.received.length).toBe(count)
    expect(live.received.join()).not.toContain('gate-1-4')
    live.socket.close()
  })

  it('garbled bytes harm nobody', async () => {
    const plain = await stage.open()
    const filtered = await stage.open()
    await plain.say({ type: 'subscribe' })
    await filtered.say({ type: 'subscribe', minScore: 0.5 })
    await tell('gate', '{garbled')
    await tell('gate', '{"detections":5}')
    await tell('gate', spelt('gate', 6))
    await plain.until(text => text === '{garbled')
    await filtered.until(text => text.includes('"seq":6'))
    plain.socket.close()
    filtered.socket.close()
  })
})

describe('clients', () => {
  const refused: [what: string, say: string | Buffer, code: string][] = [
    ['no JSON', '{', 'invalid_request'],
    ['a list', '[]', 'invalid_request'],
    ['an unknown type', '{"type":"become_admin"}', 'invalid_request'],
    ['a bad stream id', '{"type":"subscribe","streams":["../x"]}', 'invalid_request'],
    ['a score over 1', '{"type":"subscribe","minScore":2}', 'invalid_request'],
    ['an unknown field', '{"type":"subscribe","stream":["gate"]}', 'unknown_field'],
    ['__proto__', '{"type":"subscribe","__proto__":{}}', 'unknown_field'],
    ['bytes', Buffer.from('{"type":"subscribe"}'), 'invalid_request'],
  ]
  it('are told what is wrong with their message, and stay connected', async () => {
    const live = await stage.open()
    for (const [what, say, code] of refused) {
      const from = live.received.length
      live.socket.send(say)
      await live.until(text => live.received.indexOf(text, from) >= 0)
      const answer = JSON.parse(live.received[from] as string)
      expect({ what, type: answer.type, code: answer.code }).toEqual({ what, type: 'error', code })
      expect(answer.remedy, what).toBeTruthy()
    }
    await live.say({ type: 'subscribe' })
    live.socket.close()
  })

  it('that flood are closed with 1008', async () => {
    const live = await stage.open()
    for (let i = 0; i < 25; i++) live.socket.send('{"type":"unsubscribe"}')
    expect(await live.closed).toBe(1008)
  })

  it('that flood with pings are closed with 1008', async () => {
    const live = await stage.open()
    for (let i = 0; i < 25; i++) live.socket.ping()
    expect(await live.closed).toBe(1008)
  })

  it('that send more than 4 KiB are closed with 1009', async () => {
    const live = await stage.open()
    live.socket.send(JSON.stringify({ type: 'subscribe', classes: ['x'.repeat(5000)] }))
    expect(await live.closed).toBe(1009)
  })

  it('that answer no ping are cut off', async () => {
    const impatient = await startPublishStage({ RINGSIDE_PUBLISH_PING_INTERVAL_MS: '1000' })
    try {
      const clients = (): number =>
        (impatient.stage.detail() as { webSocketClients: number }).webSocketClients
      const silent = await impatient.open()
      const answering = await impatient.open()
      expect(clients()).toBe(2)
      silent.socket.pause()
      await new Promise(resolve => setTimeout(resolve, 2500))
      expect(clients()).toBe(1)
      await answering.say({ type: 'subscribe' })
      silent.socket.terminate()
    } finally {
      await impatient.close()
    }
  })

  it('that are slow lose their oldest messages, are told, and get the newest; a fast one loses none', async () => {
    const slow = await stage.open()
    const fast = await stage.open()
    await slow.say({ type: 'subscribe', streams: ['flood'] })
    await fast.say({ type: 'subscribe', streams: ['flood'] })
    slow.socket.pause()
    const padding = 'x'.repeat(8000)
    const total = 1600
    for (let seq = 0; seq < total; seq += 5) {
      for (let i = 0; i < 5; i++) await tell('flood', spelt('flood', seq + i, padding))
      await fast.until(text => text.includes(`"seq":${seq + 4},`))
    }
    expect((stage.stage.detail() as { messagesLost: number }).messagesLost).toBeGreaterThan(0)
    slow.socket.resume()
    await slow.until(text => text.includes(`"seq":${total - 1},`))
    const seqs = (of: typeof slow): number[] =>
      of.received
        .flatMap(text => Number(/"type":"detections".*?"seq":(\d+),/.exec(text as string)?.[1] ?? Number.NaN))
        .filter(Number.isFinite)
    const losses = slow.received.map(text => JSON.parse(text as string)).filter(each => each.type === 'lost')
    const lost = losses.reduce((sum, each) => sum + each.messages, 0)
    expect(lost).toBeGreaterThan(0)
    expect(losses.at(-1).total).toBe(lost)
    expect(seqs(slow).length + lost).toBe(total)
    expect(seqs(slow)).toEqual([...seqs(slow)].sort((a, b) => a - b))
    expect(seqs(fast)).toEqual(Array.from({ length: total }, (_, seq) => seq))
    slow.socket.close()
    fast.socket.close()
  })
})

describe('pictures', () => {
  const header = (seq: number) =>
    ({
      type: 'picture',
      v: 1,
      stream: 'gate',
      epoch: 1,
      seq,
      capturedAt: 1,
      frame: { width: 640, height: 480 },
      mime: 'image/jpeg',
    }) as const

  it('are asked for while somebody watches, forwarded unchanged, and given up after', async () => {
    const { redis, keys } = stage.peer
    const first = await stage.open()
    const second = await stage.open()
    const wish: ClientMessage = { type: 'subscribe', streams: ['none'], pictures: ['gate'] }
    await first.say(wish)
    await second.say(wish)
    const until = async (check: () => Promise<boolean>): Promise<void> => {
      const deadline = Date.now() + 3000
      while (!(await check()) && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 20))
      expect(await check()).toBe(true)
    }
    const subscribers = async (): Promise<number> =>
      Number((await redis.pubsub('NUMSUB', keys.picture('gate')))[1])
    await until(
      async () => (await subscribers()) === 1 && (await redis.zscore(keys.watched, 'gate')) !== null,
    )
    const asked = Number(await redis.zscore(keys.watched, 'gate'))
    expect(asked - Date.now()).toBeGreaterThan(1500)
    const picture = encodePicture(header(7), Buffer.from([0xff, 0xd8, 0, 1, 2, 0xff, 0xd9]))
    await redis.publish(keys.picture('gate'), picture)
    await until(async () =>
      [first, second].every(live =>
        live.received.some(each => Buffer.isBuffer(each) && each.equals(picture)),
      ),
    )
    await until(async () => Number(await redis.zscore(keys.watched, 'gate')) > asked)
    first.socket.close()
    await first.closed
    expect(await subscribers()).toBe(1)
    await second.say({ type: 'subscribe' })
    await until(
      async () => (await subscribers()) === 0 && (await redis.zscore(keys.watched, 'gate')) === null,
    )
    second.socket.close()
  })

  it('give way first to a slow client: of those that wait, only the newest comes', async () => {
    const { redis, keys } = stage.peer
    const slow = await stage.open()
    await slow.say({ type: 'subscribe', streams: ['none'], pictures: ['gate'] })
    slow.socket.pause()
    const jpeg = Buffer.alloc(200_000, 7)
    const total = 100
    while (Number((await redis.pubsub('NUMSUB', keys.picture('gate')))[1]) === 0)
      await new Promise(r => setTimeout(r, 10))
    for (let seq = 0; seq < total; seq++)
      await redis.publish(keys.picture('gate'), encodePicture(header(seq), jpeg))
    await new Promise(resolve => setTimeout(resolve, 300))
    slow.socket.resume()
    const seqs = (): number[] =>
      slow.received
        .filter(Buffer.isBuffer)
        .map(each => JSON.parse(each.subarray(4, 4 + each.readUInt32BE(0)).toString()).seq)
    const deadline = Date.now() + 5000
    while (seqs().at(-1) !== total - 1 && Date.now() < deadline) await new Promise(r => setTimeout(r, 20))
    expect(seqs().at(-1)).toBe(total - 1)
    expect(seqs().length).toBeLessThan(total)
    slow.socket.close()
  })
})
