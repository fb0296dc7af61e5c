/** What a capacity run has started: Redis and the three stages as real processes, cameras, a client. */
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { stages as stageNames } from '../../../shared/process/report.js'
import { type Stages, startStages } from '../../tools/stages.js'
import { type Cameras, startCameras } from './cameras.js'
import { Fleet } from './fleet.js'
import { type GpuWitness, watchGpu } from './gpu-use.js'
import { Listener } from './listener.js'
import type { CapacityOptions } from './options.js'

const BARE_INGEST = fileURLToPath(new URL('./bare-ingest.js', import.meta.url))
const READY_TIMEOUT_MS = 240_000

export interface CapacityRun {
  stages: Stages
  cameras: Cameras
  fleet: Fleet
  listener: Listener
  gpu: GpuWitness
  close(): Promise<void>
}

/** What needs no test data of ours, and would be refused as unknown settings. */
function clearTestVariables(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('RINGSIDE_TEST_')) delete process.env[name]
}

export async function startRun(options: CapacityOptions): Promise<CapacityRun> {
  clearTestVariables()
  const { clip, fps, max, cameraProcesses, decoder, model, gpu } = options
  const cameras = await startCameras(clip, fps, max, options.bare ? 0 : cameraProcesses)
  const programs = options.bare ? { ingest: [BARE_INGEST, String(fps)] } : {}
  const environment = {
    RINGSIDE_MODEL: model,
    RINGSIDE_SLAB_MAX_STREAMS: String(max),
    RINGSIDE_LOG_LEVEL: 'info',
  }
  const stages = await startStages(environment, { programs, flags: profiling(options.profileDir) })
  try {
    await Promise.race([stages.ready(READY_TIMEOUT_MS), endOfAny(stages)])
    const fleet = new Fleet(stages, cameras, fps, decoder === null ? {} : { decoder })
    const parts = { stages, cameras, fleet, listener: await Listener.connect(stages), gpu: watchGpu(gpu) }
    return { ...parts, close: () => close(parts) }
  } catch (error) {
    cameras.close()
    await stages.close()
    throw error
  }
}

/** A stage that cannot start says why, and ends: nothing is then to be waited for. */
async function endOfAny(stages: Stages): Promise<never> {
  const ends = stageNames.map(async stage => {
    await once(stages.process(stage), 'exit')
    return stage
  })
  const stage = await Promise.race(ends)
  throw new Error(`${stage} ended before all was ready:\n${stages.log(stage)}`)
}

/** Each process and each of its threads writes a profile as it ends. */
function profiling(dir: string | null): string[] {
  return dir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${dir}`]
}

async function close({ stages, cameras, listener, gpu }: Omit<CapacityRun, 'close'>): Promise<void> {
  listener.close()
  gpu.close()
  cameras.close()
  await stages.close()
}
