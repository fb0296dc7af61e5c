/** After a change from one device to another: slabs that nobody reads any more go, files and announcements; those of a device that is served stay. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { forgetDeadDevices } from '../../infer/host/leftovers.js'
import { inferRole } from '../../infer/role.js'
import { deviceOfSlab, openSlab, type SlabSettings } from '../../infer/slab-owner.js'
import { createLog } from '../../shared/log.js'
import { createOwnership } from '../../shared/redis/ownership.js'
import { Reports } from '../../shared/redis/reports.js'
import { startRedis, type TestRedis } from '../tools/redis-server.js'
import { modelRecord } from '../tools/stage-reports.js'

let redis: TestRedis
let dir: string
const log = createLog({ level: 'silent', name: 'test' })

beforeAll(async () => {
  redis = await startRedis()
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-leftovers-'))
})
afterAll(async () => {
  await redis.close()
  fs.rmSync(dir, { recursive: true })
})

it('a device that nobody serves is forgotten; one that is, is not, nor another installation', async () => {
  const connection = redis.connect()
  const reports = new Reports(connection.redis, connection.keys)
  const settings = (installation: string): SlabSettings => ({
    dir,
    maxStreams: 1,
    ringSlots: 2,
    checksum: false,
    installation,
  })
  const letterbox = { anchor: 'center', padValue: 114 } as const
  const model = { name: 'ringside-nano', widthPx: 32, heightPx: 32, letterbox }
  const make = async (device: string, installation = 'ours'): Promise<string> => {
    const { slab, info } = openSlab(device, model, true, settings(installation))
    slab.close()
    if (installation === 'ours') await reports.announceSlab(info)
    return info.path
  }
  const [dead, own, served] = await Promise.all(['cpu-0', 'cuda-0', 'cuda-1'].map(device => make(device)))
  const foreign = await make('cpu-0', 'theirs')
  await reports.writeModels('cpu-0', [{ ...modelRecord, name: 'gone' }])
  await reports.writeModels('cuda-0', [modelRecord])
  const other = createOwnership(
    connection.redis,
    connection.keys,
    inferRole('cuda-1'),
    'other',
    () => undefined,
  )
  await other.acquire(new AbortController().signal, () => undefined)

  const forget = () => forgetDeadDevices({ connection, reports, log }, 'cuda-0', settings('ours'))
  expect(await forget()).toEqual(['cpu-0'])
  expect([dead, own, served, foreign].map(file => fs.existsSync(file!))).toEqual([false, true, true, true])
  expect((await reports.slabs()).map(({ id }) => deviceOfSlab(id)).sort()).toEqual(['cuda-0', 'cuda-1'])
  expect((await reports.models()).map(({ name }) => name)).toEqual([modelRecord.name])
  expect(await forget()).toEqual([])

  await other.release()
  expect(await forget()).toEqual(['cuda-1'])
  expect(fs.existsSync(own!)).toBe(true)
  await connection.close()
})
