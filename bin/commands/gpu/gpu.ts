/** `ringside gpu …` */
import type { Command } from 'commander'
import { addGpuInstall } from './install.js'
import { addGpuShow } from './show.js'

export function addGpu(program: Command): void {
  const gpu = program.command('gpu').description('prepare this machine’s GPU for the CUDA engine')
  addGpuShow(gpu)
  addGpuInstall(gpu)
}
