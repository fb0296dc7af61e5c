/** Slab files in shared memory that infer could not remove itself because it had to be killed. */
import fs from 'node:fs'
import { sleep } from '../../shared/clock.js'
import { createLog } from '../../shared/log.js'
import { connectRedis, type RedisSettings } from '../../shared/redis/connection.js'
import { Reports } from '../../shared/redis/reports.js'

const TIMEOUT_MS = 300

/** Files of the slabs that are announced in this (private) Redis; none where it does not answer in time. */
export async function announcedSlabFiles(settings: RedisSettings): Promise<string[]> {
  const connection = connectRedis(settings, createLog({ level: 'silent', name: 'up' }))
  try {
    const slabs = new Reports(connection.redis, connection.keys).slabs()
    const known = await Promise.race([slabs, sleep(TIMEOUT_MS).then(() => [])])
    return known.map(slab => slab.path)
  } finally {
    await connection.close()
  }
}

export function removeFiles(files: readonly string[]): void {
  for (const file of files) fs.rmSync(file, { force: true })
}
