/** `node dist/test/bench/gpu/suite.js [cuda|onnxruntime]`: the engine contract, `test/contract/engine.ts`, without vitest, on a host with a GPU. */
import { register } from 'node:module'
import { after } from 'node:test'
import type { Engine } from '../../../infer/engine/engine.js'
import { OnnxruntimeEngine } from '../../../infer/engine/onnxruntime/engine.js'
import { openGpu } from './gpu-host.js'
import { EXIT, tableOf, writeJson } from './outcome.js'
import type { Outcome } from './vitest-on-node.js'

const name = process.argv[2] ?? 'cuda'
register('./vitest-hooks.js', import.meta.url)
const { engineContract } = await import('../../contract/engine.js')
const { outcomes } = (await import('vitest')) as unknown as { outcomes: Outcome[] }

engineContract(name, engineMaker(name))
after(report)

function engineMaker(kind: string): () => Engine {
  if (kind === 'onnxruntime') return () => new OnnxruntimeEngine()
  const gpu = openGpu()
  return () => gpu.createEngine()
}

function report(): void {
  const verdict = ({ passed, skipped }: Outcome): string => (skipped ? 'skipped' : passed ? 'pass' : 'FAIL')
  console.log(
    tableOf(
      ['test', 'outcome', 'ms'],
      outcomes.map(each => [each.name, verdict(each), each.ms]),
    ),
  )
  for (const { name: failed, error } of outcomes) if (error) console.log(`\n${failed}\n${error}`)
  const failures = outcomes.filter(({ passed, skipped }) => !passed && !skipped).length
  console.log(`${outcomes.length - failures} passed, ${failures} failed`)
  writeJson('suite', outcomes)
  // The GPU's thread lives as long as its process.
  setImmediate(() => process.exit(failures > 0 || outcomes.length === 0 ? EXIT.failed : EXIT.ok))
}
