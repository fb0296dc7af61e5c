/** Every model command explains itself, with examples that name it. */
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../../../bin/program.js'

const model = createProgram().commands.find(command => command.name() === 'model') as Command

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: part => {
      text += part
    },
  })
  command.outputHelp()
  return text
}

describe('ringside model', () => {
  it.each(model.commands.map(command => [command.name(), command] as const))(
    '%s has help with examples',
    (name, command) => {
      const help = helpOf(command)
      expect(command.description().length).toBeGreaterThan(10)
      expect(help).toMatch(new RegExp(`Examples:\\n {2}\\$ .*ringside model ${name}`))
      expect(help).toContain('--json')
    },
  )

  it('has the commands that the documentation promises', () => {
    const names = ['pull', 'add', 'ls', 'show', 'rm', 'inspect', 'prepare', 'check', 'compare']
    expect(model.commands.map(command => command.name())).toEqual(expect.arrayContaining(names))
  })
})
