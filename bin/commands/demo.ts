/** `ringside demo` */
import { type Command, InvalidArgumentError } from 'commander'
import { loadConfig } from '../../config/load.js'
import { createDemo } from '../demo/demo.js'
import { runUp } from '../supervisor/up.js'
import { examples } from './help.js'

const MAX_CAMERAS = 16

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('`up` with simulated RTSP cameras, registered already: boxes with no hardware')
    .option('--video <file>', 'the clip they play (else the one of the Debian package opencv-doc)')
    .option('--cameras <count>', `how many, 1 to ${MAX_CAMERAS}`, cameraCount, 2)
    .addHelpText('after', examples('ringside demo', 'ringside demo --video street.mp4 --cameras 4'))
    .action(async ({ video, cameras }: { video?: string; cameras: number }) => {
      const config = loadConfig()
      const { dataDir } = config
      process.exitCode = await runUp(
        createDemo({ video, cameras, ffmpegPath: config.ingest.ffmpegPath, dataDir }),
      )
    })
}

function cameraCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= MAX_CAMERAS) return count
  throw new InvalidArgumentError(`Give a whole number from 1 to ${MAX_CAMERAS}.`)
}
