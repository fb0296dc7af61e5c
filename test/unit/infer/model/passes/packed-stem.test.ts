/** A graph prepared for a GPU gives what the one for a CPU gives: the first convolution reads packed samples, and nothing is lost by it. */
import fs from 'node:fs'
import ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { shippedModel } from '../../../../../infer/model/resolve.js'
import { defaultOptions, rewriteModel } from '../../../../../infer/model/rewrite.js'
import { paintFrame } from '../../../../tools/i420.js'
import { outsideModel } from '../../../../tools/outside-data.js'
import { expectSame, runPrepared } from '../../../../tools/same-candidates.js'

function prepared(file: string, device: 'cpu' | 'gpu') {
  return rewriteModel(fs.readFileSync(file), file, { options: { ...defaultOptions, device }, sidecar: {} })
}

async function candidatesOf({ bytes, facts }: ReturnType<typeof prepared>) {
  const session = await ort.InferenceSession.create(bytes)
  const found = []
  for (const seed of [1, 3]) found.push(...(await runPrepared(session, [paintFrame(facts, seed)], facts)))
  await session.release()
  return found
}

function nodesAdded({ facts }: ReturnType<typeof prepared>): number {
  const report = facts.passes.find(({ pass }) => pass.startsWith('packed-stem@'))!
  return report.nodesAfter - report.nodesBefore
}

async function expectAlike(file: string): Promise<void> {
  const forGpu = prepared(file, 'gpu')
  expect(nodesAdded(forGpu)).toBeGreaterThan(0)
  const [found, reference] = [await candidatesOf(forGpu), await candidatesOf(prepared(file, 'cpu'))]
  for (const [frame, rows] of found.entries()) expectSame(rows, reference[frame]!)
}

describe('a packed stem', () => {
  it('gives the same behind a Focus', () => expectAlike(shippedModel.file))

  for (const name of [
    'yolov8n_640_wq8_dyn',
    'yolo11n_320_wq8_dyn',
    'yolox_nano_416_dyn',
    'yolo26n_640_wq8',
  ]) {
    const model = outsideModel(name)
    it.skipIf(model.missing)(`gives the same in ${name}${model.note}`, () => expectAlike(model.path))
  }

  it('is left out on a CPU, and where padding is another colour than black', () => {
    expect(nodesAdded(prepared(shippedModel.file, 'cpu'))).toBe(0)
    const sidecar = { mean: [1, 2, 3] as [number, number, number] }
    const options = { ...defaultOptions, device: 'gpu' as const }
    const { file } = shippedModel
    const { facts } = rewriteModel(fs.readFileSync(file), file, { options, sidecar })
    const report = facts.passes.find(({ pass }) => pass.startsWith('packed-stem@'))!
    expect(report.nodesAfter).toBe(report.nodesBefore)
  })
})
