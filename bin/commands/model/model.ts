/** `ringside model …` */
import type { Command } from 'commander'
import { addModelCheck } from './check.js'
import { addModelLs } from './ls.js'

export function addModel(program: Command): void {
  const model = program.command('model').description('look at the models')
  addModelLs(model)
  addModelCheck(model)
}
