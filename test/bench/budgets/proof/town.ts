/** What the proof has started: three stages on a Redis of their own, cameras, and the streams that run all the time. */
import type { DeviceList, StreamView } from '../../../../shared/api/views.js'
import { sleep } from '../../../../shared/clock.js'
import { type Stage, stages as stageNames } from '../../../../shared/process/report.js'
import { type Stages, startStages } from '../../../tools/stages.js'
import { type Cameras, startCameras } from '../../capacity/cameras.js'
import type { ProofOptions } from './options.js'

const READY_MS = 240_000
const LIVE_MS = 60_000
/** Reports come once a second, and what was freed is told by the next. */
const SETTLE_MS = 5000
const CAMERAS = 64
const RESIDENT_FPS = 5
/** More than any plan of one device. */
const MAX_STREAMS = 160

export interface Town {
  stages: Stages
  cameras: Cameras
  device: string
  /** Ids of the streams that run all the time; the later are of higher priority. */
  residents: readonly string[]
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  /** Ends when every resident is live and a report of each process has come since. */
  settle(): Promise<void>
  /** Processes of the start that have ended, in words. */
  ended(): string[]
  close(): Promise<void>
}

export async function openTown({ clip, fps, model, decoder, streams }: ProofOptions): Promise<Town> {
  for (const name of Object.keys(process.env)) if (name.startsWith('RINGSIDE_TEST_')) delete process.env[name]
  const cameras = await startCameras(clip, fps, CAMERAS, 1)
  const stages = await startStages({
    RINGSIDE_MODEL: model,
    RINGSIDE_SLAB_MAX_STREAMS: String(MAX_STREAMS),
    RINGSIDE_MODEL_UNLOAD_AFTER_MS: '0',
    RINGSIDE_BUDGET_RECOVER_AFTER_MS: '1000',
  })
  const residents = Array.from({ length: streams }, (_, i) => `resident-${i + 1}`)
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await stages.api<T>(method, `/api/v1${path}`, body)
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const close = async (): Promise<void> => {
    cameras.close()
    await stages.close()
  }
  try {
    await stages.ready(READY_MS)
    const pids = new Map(stageNames.map(stage => [stage, stages.process(stage).pid]))
    const { gpus } = await call<DeviceList>('GET', '/gpus')
    for (const [i, id] of residents.entries()) {
      const url = cameras.url(i, id)
      await call('POST', '/streams', {
        id,
        url,
        fps: RESIDENT_FPS,
        priority: i + 1,
        ...(decoder !== 'auto' && { decoder }),
      })
    }
    return {
      stages,
      cameras,
      device: (gpus[0] as DeviceList['gpus'][number]).id,
      residents,
      call,
      settle: () => settle(call, residents),
      ended: () => stageNames.flatMap(stage => endOf(stages, stage, pids.get(stage))),
      close,
    }
  } catch (error) {
    await close()
    throw new Error(`${error}\n${stages.log('infer').slice(-3000)}`)
  }
}

async function settle(call: Town['call'], residents: readonly string[]): Promise<void> {
  const until = performance.now() + LIVE_MS
  for (;;) {
    const views = await Promise.all(residents.map(id => call<StreamView>('GET', `/streams/${id}`)))
    const waiting = views.filter(({ state, inferredFps }) => state !== 'live' || inferredFps === 0)
    if (waiting.length === 0) break
    if (performance.now() > until)
      throw new Error(
        `not live: ${waiting.map(({ id, state, reason }) => `${id} ${state} ${reason?.text ?? ''}`)}`,
      )
    await sleep(200)
  }
  await sleep(SETTLE_MS)
}

function endOf(stages: Stages, stage: Stage, pid: number | undefined): string[] {
  const { exitCode, signalCode, pid: now } = stages.process(stage)
  return exitCode === null && signalCode === null && now === pid
    ? []
    : [`${stage} ended with ${signalCode ?? exitCode}`]
}
