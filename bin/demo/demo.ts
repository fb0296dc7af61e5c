/** `ringside demo`: beside `up`, simulated cameras that are registered as `demo-1`, `demo-2` … while it runs. */
import { findFfmpeg } from '../../ingest/decoder/ffmpeg-path.js'
import type { StreamView } from '../../shared/api/views.js'
import { messageOf, RingsideError } from '../../shared/errors.js'
import { createLog } from '../../shared/log.js'
import { createRest, type Rest } from '../client/rest.js'
import type { Output } from '../supervisor/output.js'
import type { Companion, Running } from '../supervisor/up.js'
import { type Camera, startCamera } from './camera/camera.js'
import { chooseClip, clipSeconds } from './clip.js'

const END_TIMEOUT_MS = 1500

export interface DemoSettings {
  video: string | undefined
  cameras: number
  /** Of the settings of ingest: the same FFmpeg decodes and plays. */
  ffmpegPath: string
  dataDir: string
}

/** @throws RingsideError before anything is started, where the clip or FFmpeg is missing. */
export function createDemo(settings: DemoSettings): Companion {
  const clip = chooseClip(settings.video)
  const log = createLog({ level: 'silent', name: 'demo' }) // ingest says what is to be said of this FFmpeg
  const ffmpegPath = findFfmpeg(settings.ffmpegPath, settings.dataDir, log).path
  return async (running, output, stopping) => {
    if (clip.note) output.warn(clip.note)
    const cameras = await startCameras(ffmpegPath, clip.video, settings.cameras)
    try {
      await registerAll(running, cameras, output, stopping)
    } catch (error) {
      await closeAll(cameras)
      throw error
    }
    return () => end(running, cameras, output)
  }
}

/** Spread over the clip, so that two cameras do not show the same people at the same time. */
async function startCameras(ffmpegPath: string, video: string | null, count: number): Promise<Camera[]> {
  const seconds = video ? await clipSeconds(ffmpegPath, video) : 0
  const cameras: Camera[] = []
  try {
    for (let index = 0; index < count; index++)
      cameras.push(await startCamera({ ffmpegPath, video, startAtSeconds: (seconds * index) / count }))
  } catch (error) {
    await closeAll(cameras)
    throw error
  }
  return cameras
}

async function registerAll(
  running: Running,
  cameras: readonly Camera[],
  output: Output,
  stopping: AbortSignal,
): Promise<void> {
  const rest = createRest(running)
  for (const [index, camera] of cameras.entries()) {
    if (stopping.aborted) return
    await register(rest, idOf(index), camera.url)
    output.info(`Simulated camera ${idOf(index)} plays`)
  }
}

/** One of that name is left of a run that was killed, with a port that is gone: it is replaced. */
async function register(rest: Rest, id: string, url: string): Promise<void> {
  try {
    await rest.send<StreamView>('POST', '/streams', { id, url })
  } catch (error) {
    if (!(error instanceof RingsideError) || error.code !== 'stream_exists') throw error
    await rest.send('DELETE', `/streams/${id}`)
    await rest.send<StreamView>('POST', '/streams', { id, url })
  }
}

/** Bounded, since the stages stop only afterwards: a publish that hangs must not hold up the end. */
async function end(running: Running, cameras: readonly Camera[], output: Output): Promise<void> {
  const rest = createRest(running, END_TIMEOUT_MS)
  const removals = cameras.map(async (_, index) => {
    try {
      await rest.send('DELETE', `/streams/${idOf(index)}`)
    } catch (error) {
      output.warn(`${idOf(index)} stays registered (${messageOf(error)}); the next demo replaces it`)
    }
  })
  await Promise.all([...removals, closeAll(cameras)])
}

async function closeAll(cameras: readonly Camera[]): Promise<void> {
  await Promise.all(cameras.map(camera => camera.close()))
}

function idOf(index: number): string {
  return `demo-${index + 1}`
}
