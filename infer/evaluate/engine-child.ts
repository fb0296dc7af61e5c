/** The process of one engine: nothing else runs in it, so that what it takes is what the model takes. Ends with its parent. */
import fs from 'node:fs'
import { messageOf } from '../../shared/errors.js'
import { cpuDevice } from '../engine/device.js'
import type { Engine } from '../engine/engine.js'
import { openDevice } from '../engine/open-device.js'
import type { EngineAnswer, EngineRequest } from './engine-messages.js'

let engine: Engine | null = null
let baselineBytes = 0

// An orderly end would wait for the run under way; nothing here outlives the process.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.on('message', (request: EngineRequest) => {
  if (request.kind === 'load') void load(request)
  else if (request.kind === 'run') run(request)
  else answer({ kind: 'memory', peakBytes: peakBytes() - baselineBytes })
})

async function load(request: Extract<EngineRequest, { kind: 'load' }>): Promise<void> {
  const { device, model, slabPath, settings } = request
  baselineBytes = peakBytes()
  try {
    engine = (device ? openDevice(device) : cpuDevice()).createEngine()
    answer({ kind: 'loaded', info: await engine.load(model, slabPath, settings) })
  } catch (error) {
    answer({ kind: 'failed', id: null, message: messageOf(error) })
  }
}

function run({ id, batch }: Extract<EngineRequest, { kind: 'run' }>): void {
  if (!engine) {
    answer({ kind: 'failed', id, message: 'The engine is not loaded.' })
    return
  }
  engine
    .run(batch, () => answer({ kind: 'uploaded', id }))
    .then(
      result => answer({ kind: 'result', id, result }),
      (error: unknown) => answer({ kind: 'failed', id, message: messageOf(error) }),
    )
}

/** The most that was resident at any time. */
function peakBytes(): number {
  const status = fs.readFileSync('/proc/self/status', 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) * 1024
}

function answer(message: EngineAnswer): void {
  process.send!(message)
}
