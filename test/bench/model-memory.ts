/**
 * What models take in memory, and whether it comes back: `node dist/test/bench/model-memory.js <cycles> <model>…` loads each model
 * that often into this process and out of it, and prints what it was estimated and measured to take and what stayed.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { loadConfig } from '../../config/load.js'
import { cpuDevice } from '../../infer/engine/device.js'
import { ModelLoader } from '../../infer/host/loader.js'
import { anonymousBytes } from '../../infer/host/memory.js'
import { Turn } from '../../infer/turn.js'
import { createLog } from '../../shared/log.js'
import { trimHeap } from '../../shared/native/libc.js'

const MIB = 2 ** 20
const mib = (bytes: number): string => (bytes / MIB).toFixed(1).padStart(7)

const [cycles = '20', ...names] = process.argv.slice(2)
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-memory-'))
try {
  for (const name of names) await measure(name)
} finally {
  fs.rmSync(dataDir, { recursive: true })
}

async function measure(name: string): Promise<void> {
  const config = loadConfig({ ...process.env, RINGSIDE_DATA_DIR: dataDir, RINGSIDE_SLAB_MAX_STREAMS: '2' })
  const loader = new ModelLoader(
    config,
    cpuDevice('cpu-9'),
    new Turn(),
    createLog({ level: 'silent', name: 'bench' }),
  )
  const model = await loader.prepare(name)
  const { estimated } = loader.chargeOf(model)
  trimHeap()
  const startBytes = anonymousBytes()
  console.log(`${name}: estimated ${mib(estimated.host)} MiB, at start ${mib(startBytes)} MiB`)
  for (let cycle = 1; cycle <= Number(cycles); cycle++) {
    const beforeBytes = anonymousBytes()
    const { loaded } = await loader.load(model, false)
    const loadedBytes = anonymousBytes()
    await loader.unload(loaded)
    loader.removeSlab(model.name)
    const grown = mib(loadedBytes - beforeBytes)
    const kept = mib(anonymousBytes() - startBytes)
    const threads = fs.readdirSync('/proc/self/task').length
    console.log(
      `  ${String(cycle).padStart(2)}  took ${grown}  kept since start ${kept} MiB  threads ${threads}`,
    )
  }
}
