/** Whether the machine has a GPU to decode with at all: a look at its device files, before a process is started for it. */
import fs from 'node:fs'

/** Of the NVIDIA driver on Linux, and of its passage into WSL. */
const DEVICE_FILES = ['/dev/nvidiactl', '/dev/dxg']

/** @returns a sentence that says what is missing; null where there may be a GPU. */
export function missingGpu(): string | null {
  if (DEVICE_FILES.some(file => fs.existsSync(file))) return null
  return `no NVIDIA GPU is visible here (${DEVICE_FILES[0]} is absent).`
}
