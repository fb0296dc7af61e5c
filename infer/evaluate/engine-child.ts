/** The process of one engine: nothing else runs in it, so that what it takes is what the model takes. Ends with its parent. */
import fs from 'node:fs'
import { messageOf } from '../../shared/errors.js'
import { OnnxruntimeEngine } from '../engine/onnxruntime/engine.js'
import type { EngineAnswer, EngineRequest } from './engine-messages.js'

const engine = new OnnxruntimeEngine()
let baselineBytes = 0

// An orderly end would wait for the run under way; nothing here outlives the process.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.on('message', (request: EngineRequest) => {
  if (request.kind === 'load') load(request)
  else if (request.kind === 'run') run(request)
  else answer({ kind: 'memory', peakBytes: peakBytes() - baselineBytes })
})

function load({ model, slabPath, settings }: Extract<EngineRequest, { kind: 'load' }>): void {
  baselineBytes = peakBytes()
  engine.load(model, slabPath, settings).then(
    info => answer({ kind: 'loaded', info }),
    (error: unknown) => answer({ kind: 'failed', id: null, message: messageOf(error) }),
  )
}

function run({ id, batch }: Extract<EngineRequest, { kind: 'run' }>): void {
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
