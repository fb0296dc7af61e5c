/** `ringside memory …` */
import type { Command } from 'commander'
import { addCompact } from './compact.js'
import { addDiff } from './diff.js'
import { addMemoryLs } from './ls.js'
import { addMemoryShow } from './show.js'
import { addSnapshot } from './snapshot.js'
import { addTimeline } from './timeline.js'

export function addMemory(program: Command): void {
  const memory = program.command('memory').description('see where every byte went, and give some back')
  for (const add of [addSnapshot, addMemoryLs, addMemoryShow, addDiff, addTimeline, addCompact]) add(memory)
}
