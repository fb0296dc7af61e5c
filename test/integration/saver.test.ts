/** Saves of Redis that many ask for at once: few are made, nobody waits for all of them, and each holds what was written before. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sleep } from '../../shared/clock.js'
import { Saver } from '../../shared/redis/saver.js'
import { startRedis, type TestRedis } from '../tools/redis-server.js'

let server: TestRedis

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.close())

const field = (info: string, name: string): number =>
  Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1])

it('makes one save of those that were asked for before it began', async () => {
  const { redis } = server.connect()
  const saver = new Saver(redis)
  const before = field(await redis.info('persistence'), 'rdb_saves')
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 100 }, () => saver.save()))
  while (field(await redis.info('persistence'), 'rdb_bgsave_in_progress') === 1) await sleep(10)
  const saves = field(await redis.info('persistence'), 'rdb_saves') - before
  expect(saves).toBeGreaterThanOrEqual(2)
  expect(saves).toBeLessThanOrEqual(20)
})

it('holds what was written before it was asked for, also while another is under way', async () => {
  const { redis } = server.connect('saved:')
  const saver = new Saver(redis)
  const first = saver.save()
  await redis.set('late', 'there')
  await Promise.all([first, saver.save()])
  await server.kill()
  await server.start()
  expect(await server.connect('saved:').redis.get('late')).toBe('there')
})

it('tells all who asked where Redis denies it, and tries again for the next', async () => {
  const denying = await startRedis('--rename-command', 'BGSAVE', '')
  const saver = new Saver(denying.connect().redis)
  const answers = await Promise.allSettled([saver.save(), saver.save()])
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(saver.save()).rejects.toThrow(/BGSAVE/i)
  await denying.close()
})
