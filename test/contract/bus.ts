/** What every bus promises: the bounded streams of frame refs, detections and events between the stages. */
import { describe, expect, it } from 'vitest'
import type { FrameRef } from '../../shared/frame/frame-ref.js'
import type { RingsideEvent } from '../../shared/stream/stream.js'

/** One bus, with nothing on it yet. */
export interface Bus {
  addRef(ref: FrameRef): Promise<unknown>
  addDetections(stream: string, message: Buffer): Promise<unknown>
  addEvent(event: RingsideEvent): Promise<unknown>
  /** A reader of its own; what was added before its first read is past. */
  reader(of: 'refs' | 'detections' | 'events'): BusReader
}

export interface BusReader {
  /** What was added since the last read: refs decoded, messages and events as bytes. Waits a while for the first. */
  read(): Promise<(FrameRef | Buffer)[]>
  close(): void
}

export function busContract(name: string, create: () => Bus): void {
  const ref = (slot: number): FrameRef => ({
    slabEpoch: 1795238362217,
    slot,
    generation: 0x3fff_ffff,
    stream: 'gate',
  })
  const event: RingsideEvent = {
    type: 'stream.state',
    v: 1,
    stream: 'gate',
    state: 'live',
    reason: null,
    since: 1,
  }

  describe(`bus contract: ${name}`, () => {
    it('does not replay the past', async () => {
      const bus = create()
      await bus.addRef(ref(0))
      const reader = bus.reader('refs')
      expect(await reader.read()).toEqual([])
      await bus.addRef(ref(1))
      expect(await reader.read()).toEqual([ref(1)])
      reader.close()
    })

    it('keeps the order, and loses nothing between two reads', async () => {
      const bus = create()
      const reader = bus.reader('refs')
      await reader.read()
      const got: unknown[] = []
      for (let slot = 0; slot < 300; slot++) {
        await bus.addRef(ref(slot))
        if (slot % 50 === 49) got.push(...(await reader.read()))
      }
      expect(got).toEqual(Array.from({ length: 300 }, (_, slot) => ref(slot)))
      reader.close()
    })

    it('brings a message byte by byte, whatever the bytes', async () => {
      const bus = create()
      const reader = bus.reader('detections')
      await reader.read()
      const message = Buffer.from(Array.from({ length: 4096 }, (_, i) => i % 256))
      await bus.addDetections('gate', message)
      expect(await reader.read()).toEqual([message])
      reader.close()
    })

    it('gives every reader everything', async () => {
      const bus = create()
      const readers = [bus.reader('events'), bus.reader('events')]
      for (const reader of readers) await reader.read()
      await bus.addEvent(event)
      for (const reader of readers) {
        expect((await reader.read()).map(bytes => JSON.parse(String(bytes)))).toEqual([event])
        reader.close()
      }
    })

    it('stays bounded while nobody reads: the oldest go', async () => {
      const bus = create()
      const reader = bus.reader('refs')
      await reader.read()
      await Promise.all(Array.from({ length: 5000 }, (_, slot) => bus.addRef(ref(slot))))
      const got: (FrameRef | Buffer)[] = []
      for (let more = await reader.read(); more.length > 0; more = await reader.read()) got.push(...more)
      expect(got.length).toBeLessThan(1300)
      expect(got.at(-1)).toEqual(ref(4999))
      reader.close()
    })
  })
}
