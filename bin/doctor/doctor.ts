/** Looks at everything that Ringside needs of this machine, and at what holds back the one that runs. A failed check keeps no other from being made. */
import type { Config } from '../../config/schema.js'
import { messageOf, RingsideError } from '../../shared/errors.js'
import { type Finding, fail } from './check.js'
import { checkGpu } from './gpu.js'
import { checkNative } from './natives.js'
import { checkFfmpeg, checkNode, checkRedis, checkSetpriv } from './programs.js'
import { checkDataDir, checkModel, checkModelMemory, checkPort, checkSharedMemory } from './resources.js'
import { checkTriangle } from './triangle/triangle.js'

type Check = readonly [name: string, run: () => Finding | Promise<Finding | Finding[]>]

export async function examine(config: Config): Promise<Finding[]> {
  const { dataDir, redis, ingest } = config
  const checks: Check[] = [
    ['Node', () => checkNode()],
    ['FFmpeg', () => checkFfmpeg(ingest.ffmpegPath, dataDir)],
    ['redis-server', () => checkRedis(redis.serverPath, redis.url)],
    ['setpriv', () => checkSetpriv()],
    ['koffi', () => checkNative('koffi', 'shared memory')],
    ['onnxruntime-node', () => checkNative('onnxruntime-node', 'inference')],
    ['data folder', () => checkDataDir(dataDir)],
    ['port', () => checkPort(config)],
    ['model', () => checkModel(config)],
    ['model memory', () => checkModelMemory(config)],
    ['shared memory', () => checkSharedMemory(config)],
    ['GPU', () => checkGpu(config)],
    ['golden triangle', () => checkTriangle(config)],
  ]
  const findings: Finding[] = []
  for (const [name, run] of checks) findings.push(...(await attempt(name, run)))
  return findings
}

async function attempt(name: string, run: Check[1]): Promise<Finding[]> {
  try {
    return [await run()].flat()
  } catch (error) {
    const remedy = error instanceof RingsideError ? error.remedy : undefined
    return [fail(name, messageOf(error), remedy ?? 'Please report this, with the whole line.')]
  }
}
