/** `ringside up` */
import type { Command } from 'commander'
import { runUp } from '../supervisor/up.js'
import { examples } from './help.js'

export function addUp(program: Command): void {
  program
    .command('up')
    .description('run everything on this machine: Redis, ingest, infer, publish')
    .addHelpText(
      'after',
      examples('ringside up', 'RINGSIDE_PORT=9000 RINGSIDE_MODEL=yolox_nano_416 ringside up'),
    )
    .action(async () => {
      process.exitCode = await runUp()
    })
}
