/** `ringside model …` */
import type { Command } from 'commander'
import { addAdd } from './add.js'
import { addModelCheck } from './check.js'
import { addModelCompare } from './compare.js'
import { addInspect } from './inspect.js'
import { addModelLs } from './ls.js'
import { addPrepare } from './prepare.js'
import { addModelProfile } from './profile.js'
import { addPull } from './pull.js'
import { addQuantize } from './quantize.js'
import { addRm } from './rm.js'
import { addShow } from './show.js'

export function addModel(program: Command): void {
  const model = program.command('model').description('fetch, look at, prepare and judge models')
  for (const add of [addModelLs, addShow, addPull, addAdd, addRm, addInspect, addPrepare]) add(model)
  addModelCheck(model)
  addModelCompare(model)
  addModelProfile(model)
  addQuantize(model)
}
