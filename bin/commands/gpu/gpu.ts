/** `ringside gpu …` */
import type { Command } from 'commander'
import { addGpuBudget } from './budget.js'
import { addGpuInstall } from './install.js'
import { addGpuLs } from './ls.js'
import { addGpuShow } from './show.js'

export function addGpu(program: Command): void {
  const gpu = program.command('gpu').description('prepare and look at this machine’s GPU')
  addGpuShow(gpu)
  addGpuInstall(gpu)
  addGpuLs(gpu)
  addGpuBudget(gpu)
}
