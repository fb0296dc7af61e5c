/** What a process that tries unknown models does to itself first: it gives way to others, and is watched by a thread of its own. */
import fs from 'node:fs'
import os from 'node:os'
import { Worker } from 'node:worker_threads'

/** What the watching thread says before it ends the process is the last line on stderr. */
export function guardProcess(memoryLimitBytes: number): void {
  // Running streams come before a model that nobody uses yet: in processor time, and should the host run out of memory.
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL)
  fs.writeFileSync('/proc/self/oom_score_adj', '1000')
  // A thread, since the runtime keeps this one busy for seconds at a time.
  const workerData = { memoryLimitBytes, parent: process.ppid }
  new Worker(new URL('./watchdog.js', import.meta.url), { workerData }).unref()
}
