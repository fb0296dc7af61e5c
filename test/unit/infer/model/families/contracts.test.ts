/** Every family, as its own exporter writes it: recognised, and prepared into a graph that equals the model and its plain decoder. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import ort from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultOptions, rewriteModel } from '../../../../../infer/model/rewrite.js'
import type { ContractOptions } from '../../../../tools/contract-tables.js'
import { contracts, type NamedContract } from '../../../../tools/contracts.js'
import { paintFrame } from '../../../../tools/i420.js'
import { PlainDetector } from '../../../../tools/plain-detector.js'
import { expectBatchAlike, expectFaithful, type Tolerance } from '../../../../tools/same-candidates.js'
import { encodeModel, type SyntheticHead, syntheticModel } from '../../../../tools/synthetic-model.js'

let dir: string
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-contracts-'))
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

const wide: ContractOptions = { widthPx: 128, heightPx: 64, classCount: 7 }
const few = 3

async function expectEqual(
  { name, family, make, sidecar = {} }: NamedContract,
  options: ContractOptions,
  rest: Partial<SyntheticHead>,
  tolerance?: Tolerance,
): Promise<void> {
  const file = path.join(dir, `${name}.onnx`)
  const whole = { opset: 17, ...options, ...make(options), ...rest }
  fs.writeFileSync(file, encodeModel(syntheticModel(whole)))
  fs.writeFileSync(path.join(dir, `${name}.model.yml`), JSON.stringify(sidecar))
  const plain = await PlainDetector.load(file)
  expect(plain.spec.family.name).toBe(family)
  expect(plain.spec.head.classCount).toBe(options.classCount)
  const { bytes, facts } = rewriteModel(fs.readFileSync(file), file, { options: defaultOptions, sidecar })
  expect(facts.batch).toBe(plain.spec.batch)
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 })
  const frames = Array.from({ length: few }, (_, seed) => paintFrame(options, seed + 1))
  await expectFaithful(session, plain, frames, tolerance)
  if (facts.batch === 'dynamic') await expectBatchAlike(session, options, frames, tolerance)
}

describe.each(contracts)('$name', contract => {
  it.each([11, 13, 17, 20])('equals its plain decoder in opset %i, with a dynamic batch', opset =>
    expectEqual(contract, wide, { opset }),
  )

  it('equals it with one picture a run', () => expectEqual(contract, wide, { batch: 1 }))

  it.each([
    ['one class', { widthPx: 64, heightPx: 96, classCount: 1 }],
    ['two classes', { widthPx: 192, heightPx: 64, classCount: 2 }],
    ['80 classes', { widthPx: 96, heightPx: 64, classCount: 80 }],
    ['300 classes', { widthPx: 64, heightPx: 32, classCount: 300 }],
  ])('equals it with %s, on another size', (_, options) => expectEqual(contract, options, {}))

  // Both runs round the same way; pixels of some hundreds have steps of a quarter in float16.
  it('equals it in half precision, input and outputs', () =>
    expectEqual(contract, wide, { half: true }, { px: 0.5, share: 4e-3 }))
})
