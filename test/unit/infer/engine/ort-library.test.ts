/** A library whose handle is collected is unloaded by koffi, and the next call of its function table is a crash: tried in a process of its own. */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { expect, it } from 'vitest'
import { compiledModule } from '../../../../shared/process/compiled.js'

const root = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
const library = path.join(root, 'bin/napi-v6/linux/x64/libonnxruntime.so.1')
const module = compiledModule(
  new URL('../../../../infer/engine/native/ort.ts', import.meta.url).href,
  './ort.js',
)

const program = `
  import { loadOrt } from ${JSON.stringify(module.href)}
  import { setImmediate as turn } from 'node:timers/promises'
  const ort = loadOrt(${JSON.stringify(library)})
  for (let i = 0; i < 5; i++) { gc(); await turn() }
  console.log(ort.availableProviders().join())
`

it('ONNX Runtime stays loaded while somebody may call it', () => {
  const args = ['--expose-gc', '--input-type=module', '--eval', program]
  const { status, signal, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 })
  expect({ status, signal }).toEqual({ status: 0, signal: null })
  expect(stdout).toContain('CPUExecutionProvider')
})
