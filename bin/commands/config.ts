/** `ringside config`: the settings as they are now, every variable that sets one, and what it means. */
import type { Command } from 'commander'
import { loadConfig } from '../../config/load.js'
import { printJson, printLine } from '../output/print.js'
import { describeSettings, type Setting } from '../output/settings.js'
import { withJson } from './connect.js'
import { examples } from './help.js'

export function addConfig(program: Command): void {
  withJson(program.command('config'))
    .description('print the settings in effect (secrets hidden) and the variables that set them')
    .addHelpText('after', examples('ringside config', 'RINGSIDE_CONFIG=site.yml ringside config --json'))
    .action((options: { json?: boolean }) => {
      const settings = describeSettings(loadConfig())
      if (options.json) printJson({ settings })
      else printLine(settings.map(asText).join('\n\n'))
    })
}

function asText(setting: Setting): string {
  const unit = setting.unit ? ` ${setting.unit}` : ''
  const origin = setting.isDefault ? 'default' : `default ${JSON.stringify(setting.default)}`
  return [
    `${setting.key} = ${JSON.stringify(setting.value)}${unit}   (${origin})`,
    `    ${setting.description}`,
    `    ${setting.variables.join(', ')}`,
  ].join('\n')
}
