/** Whether this system shows a GPU of NVIDIA at all: where it does, running on the CPU is worth a warning. */
import fs from 'node:fs'

/** The nodes that the kernel's driver makes, one a GPU. */
const NODE = /^nvidia\d+$/

export function hasNvidiaDevice(folder = '/dev'): boolean {
  return fs.readdirSync(folder).some(name => NODE.test(name))
}
