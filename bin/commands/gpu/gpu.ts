/** `ringside gpu …` */
import type { Command } from 'commander'
import { addGpuInstall } from './install.js'
import { addGpuLs } from './ls.js'

export function addGpu(program: Command): void {
  const gpu = program.command('gpu').description('prepare and look at this machine’s GPU')
  addGpuInstall(gpu)
  addGpuLs(gpu)
}
