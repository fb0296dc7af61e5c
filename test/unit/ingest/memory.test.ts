/** Decoder processes, divided among the streams that they decode. */
import { describe, expect, it } from 'vitest'
import { decoderAllocations } from '../../../ingest/memory.js'

const bytes: Record<number, number> = { 1: 100, 2: 60, 3: 90, 4: 30 }
const bytesOf = (pid: number): number | null => bytes[pid] ?? null
const of = (owner: string, count: number, held: number, exact: boolean) =>
  ({ kind: 'decoder', owner, where: 'host', count, bytes: held, exact }) as const

describe('decoderAllocations', () => {
  it.each([
    ['a process of its own', [{ id: 'gate', pids: [1] }], [], [of('stream gate', 1, 100, true)]],
    [
      'a process that decodes three, divided evenly',
      ['a', 'b', 'c'].map(id => ({ id, pids: [3] })),
      [3],
      ['a', 'b', 'c'].map(id => of(`stream ${id}`, 1, 30, false)),
    ],
    [
      'two processes while one takes over from the other',
      [{ id: 'gate', pids: [1, 2] }],
      [],
      [of('stream gate', 2, 160, true)],
    ],
    ['two of one process count once', [{ id: 'gate', pids: [1, 1] }], [], [of('stream gate', 1, 100, true)]],
    [
      'own and shared: not exact',
      [
        { id: 'gate', pids: [1, 3] },
        { id: 'yard', pids: [3] },
      ],
      [3],
      [of('stream gate', 2, 145, false), of('stream yard', 1, 45, false)],
    ],
    ['one that stands ready', [], [4], [of('process', 1, 30, true)]],
    ['one that is gone', [{ id: 'gate', pids: [9] }], [8], []],
    ['no decoder at all', [{ id: 'gate', pids: [] }], [], []],
  ])('%s', (_, streams, shared, expected) => {
    const found = decoderAllocations(streams, shared, bytesOf)
    expect(found).toHaveLength(expected.length)
    expect(found).toEqual(expect.arrayContaining(expected as object[]))
  })
})
