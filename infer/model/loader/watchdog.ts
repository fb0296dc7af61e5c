/** The thread beside the loader's child: ends the process when it takes too much memory, or when nobody waits for it any more. */
import fs from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

const INTERVAL_MS = 50
const { memoryLimitBytes, parent } = workerData as { memoryLimitBytes: number; parent: number }

watch()
setInterval(watch, INTERVAL_MS)
parentPort!.postMessage('watching')

function watch(): void {
  if (process.ppid !== parent) end('its parent is gone')
  if (process.memoryUsage.rss() > memoryLimitBytes) {
    end(`it took more than the ${Math.round(memoryLimitBytes / 2 ** 20)} MiB of memory that it may take`)
  }
}

/** The last line on stderr is the reason that the parent gives. Nothing gentler ends a thread that is in native code. */
function end(reason: string): void {
  fs.writeSync(2, `${reason}\n`)
  process.kill(process.pid, 'SIGKILL')
}
