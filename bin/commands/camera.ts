/** `ringside camera`: one simulated camera by itself, to try a setup against. */
import type { Command } from 'commander'
import { loadConfig } from '../../config/load.js'
import { findFfmpeg } from '../../ingest/decoder/ffmpeg-path.js'
import { RingsideError } from '../../shared/errors.js'
import { createLog } from '../../shared/log.js'
import type { Credentials } from '../demo/camera/auth.js'
import { startCamera } from '../demo/camera/camera.js'
import { chooseClip } from '../demo/clip.js'
import { printLine, printNote } from '../output/print.js'
import { numberBetween } from './connect.js'
import { examples } from './help.js'

interface Options {
  video?: string
  port: number
  user?: string
}

export function addCamera(program: Command): void {
  program
    .command('camera')
    .description('play a clip as an RTSP camera on loopback, until Ctrl-C')
    .option('--video <file>', 'the clip (else the one of the Debian package opencv-doc)')
    .option('--port <port>', '0 takes a free one', numberBetween(0, 65_535), 8554)
    .option('--user <user:password>', 'ask for this password (a test’s: it is not kept secret)')
    .addHelpText(
      'after',
      examples('ringside camera --video street.mp4', 'ringside stream add test rtsp://127.0.0.1:8554/live'),
    )
    .action(play)
}

async function play({ video, port, user }: Options): Promise<void> {
  const { dataDir, ingest } = loadConfig()
  const log = createLog({ level: 'warn', name: 'camera' })
  const clip = chooseClip(video)
  if (clip.note) printNote(clip.note)
  const auth = user === undefined ? undefined : credentials(user)
  const camera = await startCamera({
    ffmpegPath: findFfmpeg(ingest.ffmpegPath, dataDir, log).path,
    video: clip.video,
    port,
    ...(auth && { auth }),
  }).catch((error: unknown) => Promise.reject(portBusy(error, port)))
  printLine(camera.url)
  await new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  await camera.close()
}

function credentials(text: string): Credentials {
  const colon = text.indexOf(':')
  if (colon > 0) return { user: text.slice(0, colon), password: text.slice(colon + 1) }
  throw new RingsideError('invalid_request', '--user has no password in it.', {
    key: '--user',
    remedy: 'Give it as --user name:password.',
  })
}

function portBusy(error: unknown, port: number): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error
  return new RingsideError('port_in_use', `Another program listens on port ${port}.`, {
    key: '--port',
    value: String(port),
    remedy: 'Give another one, or 0 for a free one.',
    cause: error,
  })
}
