/** Compaction with the real malloc, a real engine and real turns: what it frees, when it may run, and what it leaves alone. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import v8 from 'node:v8'
import vm from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../config/load.js'
import { OnnxruntimeEngine } from '../../infer/engine/onnxruntime/engine.js'
import { Compactor, type CompactorParts } from '../../infer/memory/compaction.js'
import { mallocMemoryUse } from '../../infer/memory/sample.js'
import { prepareModel } from '../../infer/model/prepare.js'
import type { PreparedModel } from '../../infer/model/prepared-model.js'
import { placesOf, resolveModel } from '../../infer/model/resolve.js'
import { openSlab } from '../../infer/slab-owner.js'
import { Turn } from '../../infer/turn.js'
import { sleep } from '../../shared/clock.js'
import { createLog } from '../../shared/log.js'
import { trimHeap } from '../../shared/native/libc.js'
import { mallocUse, residentHeapBytes } from '../../shared/process/own-memory.js'
import { memorySample } from '../tools/memory-samples.js'

const MIB = 2 ** 20
const log = createLog({ level: 'silent', name: 'test' })
v8.setFlagsFromString('--expose-gc')
const collect = vm.runInNewContext('gc') as () => void

let dataDir: string
let model: PreparedModel
beforeAll(async () => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-compaction-'))
  const config = loadConfig({ PATH: process.env.PATH, RINGSIDE_DATA_DIR: dataDir })
  const found = await resolveModel('ringside-nano', placesOf(config), 'fp32')
  const folders = {
    cacheDir: path.join(dataDir, 'prepared'),
    calibrationsDir: path.join(dataDir, 'calibrations'),
  }
  model = await prepareModel({ ...found, device: 'cpu', ...folders })
})
afterAll(() => fs.rmSync(dataDir, { recursive: true }))

const look: CompactorParts['look'] = async () =>
  memorySample({ ...mallocMemoryUse(mallocUse(await residentHeapBytes()), 0) })

function compactor(parts: Partial<CompactorParts> = {}): Compactor {
  const base = { kind: 'cpu', look, trim: trimHeap, alone: new Turn().alone, grown: () => null } as const
  const rebuild = async (): Promise<boolean> => {
    throw new Error('nothing was to be made anew')
  }
  return new Compactor({ ...base, rebuild, ...parts }, log)
}

/** Loads the shipped model, runs it and ends it, as an unload does: but nothing is trimmed. */
async function loadAndEnd(): Promise<void> {
  const settings = { dir: '/dev/shm', maxStreams: 1, ringSlots: 4, checksum: false, installation: dataDir }
  const { slab } = openSlab('cpu-8', model, false, settings)
  const engine = new OnnxruntimeEngine()
  try {
    await engine.load(model, slab.path, { buckets: [1, 2, 4], threads: 2, turn: new Turn().alone })
    await engine.run({ bucket: 4, slots: [0, 1, 2, 3] }, () => undefined)
  } finally {
    await engine.close()
    slab.close()
    fs.rmSync(slab.path)
  }
}

describe('on a CPU', () => {
  it('frees what a model that was unloaded left in the heaps of malloc', async () => {
    trimHeap()
    await loadAndEnd()
    const { report } = await compactor().compact('fragmentation', null)
    expect(report).toMatchObject({ did: 'shrunk', why: 'fragmentation', model: null })
    expect(report.freedBytes).toBeGreaterThan(MIB)
    expect(report.fragmentationAfter).toBeLessThan(report.fragmentationBefore as number)
    expect(report.tookMs).toBeLessThan(1000)
  })

  it('frees holes between blocks that stay, which malloc would not give back by itself', async () => {
    const blocks = Array.from({ length: 100_000 }, () => new ArrayBuffer(1024))
    const kept = blocks.filter((_, i) => i % 64 === 0)
    blocks.length = 0
    collect()
    await sleep(50) // V8 frees the memory of dead buffers beside the collection
    const { report, reservedBeforeBytes } = await compactor().compact('schedule', null)
    expect(report.freedBytes).toBeGreaterThan(40 * MIB)
    expect(reservedBeforeBytes).toBeGreaterThan(report.freedBytes)
    expect(kept.every(({ byteLength }) => byteLength === 1024)).toBe(true)
  })

  it('waits for the batch under way, and holds up the next only while it trims', async () => {
    const turn = new Turn()
    const order: string[] = []
    turn.enter(() => order.push('batch begins'))
    const compacting = compactor({ alone: turn.alone, trim: () => order.push('trim') }).compact(
      'operator',
      null,
    )
    await sleep(30)
    turn.enter(() => order.push('next batch'))
    expect(order).toEqual(['batch begins'])
    turn.leave()
    await compacting
    expect(order).toEqual(['batch begins', 'trim', 'next batch'])
  })
})

describe('on a GPU', () => {
  const gpu = (reserved: number[], parts: Partial<CompactorParts> = {}) =>
    compactor({
      kind: 'gpu',
      look: async () => memorySample({ inUseBytes: 60, reservedBytes: reserved.shift() ?? 0 }),
      trim: () => {
        throw new Error('an arena must not shrink under its graphs')
      },
      ...parts,
    })

  it('makes the session anew that grew, and does nothing where none did', async () => {
    const asked: [string, boolean][] = []
    const rebuild = async (name: string, mayPause: boolean): Promise<boolean> => {
      asked.push([name, mayPause])
      return true
    }
    const grew = await gpu([120, 80], { grown: () => 'yolov8n', rebuild }).compact('fragmentation', null)
    expect(grew.report).toMatchObject({ did: 'rebuilt', model: 'yolov8n', freedBytes: 40 })
    expect(grew.report).toMatchObject({ fragmentationBefore: 0.5, fragmentationAfter: 0.25 })
    expect(asked).toEqual([['yolov8n', false]])
    const none = await gpu([120, 120]).compact('fragmentation', null)
    expect(none.report).toMatchObject({ did: 'nothing', model: null, freedBytes: 0 })
  })

  it('makes the one anew that an operator names, though detections pause; one without room stays as it is', async () => {
    const told: boolean[] = []
    const rebuild = async (_: string, mayPause: boolean): Promise<boolean> => {
      told.push(mayPause)
      return false
    }
    const { report } = await gpu([100, 130], { rebuild }).compact('operator', 'yolov8s')
    expect(report).toMatchObject({ did: 'nothing', model: 'yolov8s', freedBytes: 0 })
    expect(told).toEqual([true])
  })
})
