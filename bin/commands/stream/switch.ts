/** `ringside stream pause` and `resume`: both set whether the operator wants the stream. */
import type { Command } from 'commander'
import type { StreamView } from '../../../shared/api/views.js'
import { printLine } from '../../output/print.js'
import { type ConnectOptions, connect, withConnection } from '../connect.js'
import { examples } from '../help.js'

export function addPause(stream: Command): void {
  addSwitch(stream, 'pause', 'stop reading cameras; they stay registered', false)
}

export function addResume(stream: Command): void {
  addSwitch(stream, 'resume', 'read paused cameras again', true)
}

function addSwitch(stream: Command, name: string, description: string, enabled: boolean): void {
  withConnection(stream.command(name).argument('<id...>'))
    .description(description)
    .addHelpText('after', examples(`ringside stream ${name} gate`))
    .action(async (ids: string[], options: ConnectOptions) => {
      const { rest } = connect(options)
      for (const id of ids) {
        await rest.send<StreamView>('PATCH', `/streams/${encodeURIComponent(id)}`, { enabled })
        printLine(`${id} is ${enabled ? 'resumed' : 'paused'}`)
      }
    })
}
