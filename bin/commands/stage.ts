/** `ringside ingest`, `infer`, `publish`: one stage in this process, as the supervisor and the containers start it. */
import type { Command } from 'commander'
import { createLog } from '../../shared/log.js'
import { logFault } from '../../shared/process/fault.js'
import type { Stage } from '../../shared/process/report.js'
import { exitCodeOf } from '../exit-codes.js'
import { examples } from './help.js'

const duties: Record<Stage, string> = {
  ingest: 'decode the cameras into shared memory',
  infer: 'find objects in the frames',
  publish: 'serve REST, WebSocket and the dashboard',
}

/** Loaded only when asked for: each brings its own weight. */
const mains: Record<Stage, () => Promise<{ main(): Promise<void> }>> = {
  ingest: () => import('../../ingest/main.js'),
  infer: () => import('../../infer/main.js'),
  publish: () => import('../../publish/main.js'),
}

export function addStage(program: Command, stage: Stage): void {
  program
    .command(stage)
    .description(`run this stage alone: ${duties[stage]} (needs REDIS_URL)`)
    .addHelpText('after', examples(`REDIS_URL=redis://127.0.0.1:6379 ringside ${stage}`))
    .action(async () => {
      try {
        await (await mains[stage]()).main()
      } catch (error) {
        logFault(createLog({ level: 'fatal', name: stage }), error) // as the stage itself logs what ends it
        process.exitCode = exitCodeOf(error)
      }
    })
}
