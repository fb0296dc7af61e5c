/** `ringside healthcheck <stage>`: for containers. Exit 0 while the stage of this host reports itself ready. */
import os from 'node:os'
import { Argument, type Command } from 'commander'
import { loadConfig } from '../../config/load.js'
import { sleep } from '../../shared/clock.js'
import { RingsideError } from '../../shared/errors.js'
import { createLog } from '../../shared/log.js'
import { type ProcessReport, type Stage, stages } from '../../shared/process/report.js'
import { connectRedis } from '../../shared/redis/connection.js'
import { Reports } from '../../shared/redis/reports.js'
import { printLine } from '../output/print.js'
import { examples } from './help.js'

const TIMEOUT_MS = 3000

export function addHealthcheck(program: Command): void {
  program
    .command('healthcheck')
    .addArgument(new Argument('<stage>').choices(stages))
    .description('exit 0 while this host’s stage reports itself ready in Redis (for containers)')
    .addHelpText('after', examples('REDIS_URL=redis://redis:6379 ringside healthcheck infer'))
    .action(async (stage: Stage) => {
      const report = (await processes()).find(each => each.stage === stage && each.host === os.hostname())
      const problem = report ? report.notReady : 'it does not report'
      if (problem !== null) throw notReady(stage, problem)
      printLine(`${stage} is ready`)
    })
}

async function processes(): Promise<ProcessReport[]> {
  const { redis, log } = loadConfig()
  if (!redis.url) throw noRedis()
  const connection = connectRedis(
    redis,
    createLog({ level: log.level === 'silent' ? 'silent' : 'error', name: 'health' }),
  )
  try {
    const known = await Promise.race([
      new Reports(connection.redis, connection.keys).processes(),
      sleep(TIMEOUT_MS).then(() => null),
    ])
    if (known) return known
    throw new RingsideError('redis_unavailable', `Redis does not answer within ${TIMEOUT_MS} ms.`, {
      key: 'redis.url',
      remedy: 'Is it running, and reachable from here?',
    })
  } finally {
    await connection.close()
  }
}

function notReady(stage: Stage, why: string): RingsideError {
  return new RingsideError('not_running', `${stage} is not ready: ${why}`, {
    remedy: `Look at its log, and at /readyz of publish.`,
  })
}

function noRedis(): RingsideError {
  return new RingsideError(
    'invalid_config',
    'A health check needs the Redis of the stages, and redis.url is empty.',
    {
      key: 'redis.url',
      value: '',
      remedy: 'Set REDIS_URL. For a Ringside started by `up`, ask its /readyz instead.',
    },
  )
}
