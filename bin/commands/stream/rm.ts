/** `ringside stream rm` */
import type { Command } from 'commander'
import { printLine } from '../../output/print.js'
import { type ConnectOptions, connect, withConnection } from '../connect.js'
import { examples } from '../help.js'

export function addRm(stream: Command): void {
  withConnection(stream.command('rm').argument('<id...>'))
    .description('remove streams')
    .addHelpText('after', examples('ringside stream rm gate'))
    .action(async (ids: string[], options: ConnectOptions) => {
      const { rest } = connect(options)
      for (const id of ids) {
        await rest.send('DELETE', `/streams/${encodeURIComponent(id)}`)
        printLine(`${id} is removed`)
      }
    })
}
