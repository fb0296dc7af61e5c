/** The binding of ONNX Runtime’s C API against the library itself: what a GPU adds to it is proven on one (docs/gpu.md). */
import { createRequire } from 'node:module'
import path from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadOrt, OrtError, type OrtRuntime, type OrtSession } from '../../infer/engine/native/ort.js'

const MODEL = path.resolve('infer/model/ringside-nano/ringside_nano_416_w16.onnx')
const LIBRARY = path.join(
  path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
  `bin/napi-v6/linux/${process.arch}/libonnxruntime.so.1`,
)
const cpu = { providers: [{ name: 'cpu', options: {} }], threads: 1 } as const

let ort: OrtRuntime
let session: OrtSession
beforeAll(() => {
  ort = loadOrt(LIBRARY)
  session = ort.createSession(MODEL, cpu)
})
afterAll(() => {
  session.close()
  session.close()
  ort.close()
})

function randomInput(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => (i * 7919) % 256)
}

describe('the binding', () => {
  it('loads the version it is written for, and knows its providers', () => {
    expect(ort.version).toBe('1.29.0')
    expect(ort.availableProviders()).toContain('CPUExecutionProvider')
  })

  it('names inputs and outputs as the JavaScript API does', async () => {
    const reference = await InferenceSession.create(MODEL)
    expect(session.inputs.map(({ name }) => name)).toEqual(reference.inputNames)
    expect(session.outputs.map(({ name }) => name)).toEqual(reference.outputNames)
    await reference.release()
  })

  it('runs in memory that we own, and gives what the JavaScript API gives', async () => {
    const [input, output] = [session.inputs[0]!, session.outputs[0]!]
    const shape = input.shape.map(axis => (axis < 0 ? 1 : axis))
    const values = randomInput(shape.reduce((a, b) => a * b, 1))
    const reference = await InferenceSession.create(MODEL)
    const expected = (await reference.run({ [input.name]: new Tensor('float32', values, shape) }))[
      output.name
    ]!
    const got = new Float32Array(expected.data.length).fill(Number.NaN)
    const bytes = (array: Float32Array): Uint8Array => new Uint8Array(array.buffer)
    const binding = session.bind(
      [{ name: input.name, type: 'float', shape, memory: bytes(values) }],
      [{ name: output.name, type: 'float', shape: [...expected.dims], memory: bytes(got) }],
    )
    for (let run = 0; run < 3; run++) session.run(binding)
    binding.close()
    binding.close()
    await reference.release()
    const reach = Math.max(...got.map((value, i) => Math.abs(value - (expected.data[i] as number))))
    expect(reach).toBeLessThan(1e-3)
  })

  it('counts its arena', () => {
    const { inUseBytes, totalAllocatedBytes, allocs } = session.arena()
    expect(totalAllocatedBytes).toBeGreaterThanOrEqual(inUseBytes)
    expect(allocs).toBeGreaterThan(0)
  })

  it('turns statuses into errors that name the call', () => {
    expect(() => ort.createSession('/nowhere.onnx', cpu)).toThrow(OrtError)
    expect(() => ort.createSession('/nowhere.onnx', cpu)).toThrow(/CreateSession: .*nowhere/)
    const binding = session.bind([], [])
    expect(() => session.run(binding)).toThrow(/RunWithBinding/)
    binding.close()
  })

  it('says what is missing where there is no GPU provider, and stays of use', () => {
    const cuda = { providers: [{ name: 'cuda', options: { device_id: '0' } }] } as const
    expect(() => ort.createSession(MODEL, cuda)).toThrow(OrtError)
    expect(() => session.arena()).not.toThrow()
  })

  it('refuses a library that is none, by name', () => {
    expect(() => loadOrt('/nowhere/libonnxruntime.so.1')).toThrow(/nowhere\/libonnxruntime/)
    expect(() => loadOrt('libc.so.6')).toThrow(/OrtGetApiBase/)
  })
})
