/** `ringside stream …` */
import type { Command } from 'commander'
import { addAdd } from './add.js'
import { addHistory } from './history.js'
import { addLs } from './ls.js'
import { addRm } from './rm.js'
import { addSet } from './set.js'
import { addShow } from './show.js'
import { addPause, addResume } from './switch.js'
import { addWatch } from './watch.js'

export function addStream(program: Command): void {
  const stream = program.command('stream').description('register, look at and control streams')
  for (const add of [addAdd, addLs, addShow, addSet, addHistory, addRm, addPause, addResume, addWatch])
    add(stream)
}
