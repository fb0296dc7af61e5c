/** What a process that tries unknown models does to itself first: it gives way to others, and is watched by a thread of its own. */
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import { Worker } from 'node:worker_threads'

/** Resolves when the thread watches. What it says before it ends the process is the last line on stderr. */
export async function guardProcess(memoryLimitBytes: number): Promise<void> {
  // Running streams come before a model that nobody uses yet: in processor time, and should the host run out of memory.
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL)
  fs.writeFileSync('/proc/self/oom_score_adj', '1000')
  // A thread, since the runtime keeps this one busy for seconds at a time.
  const workerData = { memoryLimitBytes, parent: process.ppid }
  const watchdog = new Worker(new URL('./watchdog.js', import.meta.url), { workerData })
  await once(watchdog, 'message')
  watchdog.unref()
}
