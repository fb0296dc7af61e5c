/** Decoding the best anchors alone gives what decoding all of them gives, and the decoding of all is gone. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import ort from 'onnxruntime-node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ModelProto } from '../../../../../infer/model/onnx/proto.js'
import { rewriteModel } from '../../../../../infer/model/rewrite.js'
import { paintFrame } from '../../../../tools/i420.js'
import { PlainDetector } from '../../../../tools/plain-detector.js'
import { expectBatchAlike, expectFaithful } from '../../../../tools/same-candidates.js'
import { yolov8File } from '../../../../tools/yolov8-graph.js'

const ANCHORS = 8400
let file: string
beforeAll(() => {
  file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-late-')), 'v8n.onnx')
  fs.writeFileSync(file, yolov8File('n'))
})
afterAll(() => fs.rmSync(path.dirname(file), { recursive: true }))

it('equals the original and the plain decoder, alone and in a batch', async () => {
  const { bytes, facts } = rewriteModel(fs.readFileSync(file), file)
  const session = await ort.InferenceSession.create(bytes)
  const frames = [1, 2].map(seed => paintFrame(facts, seed))
  await expectFaithful(session, await PlainDetector.load(file, 2), frames)
  await expectBatchAlike(session, facts, frames)
})

it('computes distances and scores of the candidates only', () => {
  const { graph } = ModelProto.decode(rewriteModel(fs.readFileSync(file), file).bytes)
  const operators = graph!.node!.map(({ opType }) => opType)
  // The original has one Softmax over all anchors, and one Sigmoid over all their classes.
  expect(operators.filter(opType => opType === 'Softmax')).toHaveLength(1)
  const softmax = graph!.node!.find(({ opType }) => opType === 'Softmax')!
  expect(softmax.name).toMatch(/^ringside\/late\//)
  const shapes = graph!.initializer!.filter(({ dims }) => dims?.length === 1 && Number(dims[0]) === 4)
  const values = shapes.map(({ rawData }) => (rawData?.length === 32 ? [...int64s(rawData)] : []))
  expect(values.some(dims => dims.includes(ANCHORS))).toBe(false)
  expect(values.some(dims => dims.includes(300))).toBe(true)
})

function int64s(raw: Uint8Array): number[] {
  return Array.from(new BigInt64Array(Uint8Array.from(raw).buffer), Number)
}
