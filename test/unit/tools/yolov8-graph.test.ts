import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GraphRun } from '../../../infer/engine/onnxruntime/graph-run.js'
import { dimsOfTensor } from '../../../infer/model/onnx/tensor-data.js'
import { prepareModel } from '../../../infer/model/prepare.js'
import { normalNumbers } from '../../tools/normal-numbers.js'
import { type Yolov8Size, yolov8File, yolov8Model, yolov8Sizes } from '../../tools/yolov8-graph.js'

const ANCHORS = 80 ** 2 + 40 ** 2 + 20 ** 2

describe('the YOLOv8 that is built', () => {
  let dir: string
  beforeAll(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-yolov8-'))
  })
  afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

  it.each(['n', 's'] as Yolov8Size[])('has as many parameters as YOLOv8%s', size => {
    const { graph } = yolov8Model(size)
    const convolved = new Set(
      graph!.node!.filter(({ opType }) => opType === 'Conv').flatMap(node => node.input!.slice(1)),
    )
    const counts = graph!
      .initializer!.filter(({ name }) => convolved.has(name!))
      .map(each => dimsOfTensor(each).reduce((a, b) => a * b, 1))
    expect(counts.reduce((a, b) => a + b, 0)).toBe(yolov8Sizes[size].parameters)
  })

  it('has weights that are the same again, and others for another seed', () => {
    expect(yolov8File('n').equals(yolov8File('n'))).toBe(true)
    expect(yolov8File('n').equals(yolov8File('n', 2))).toBe(false)
  })

  it('runs, gives two pictures what each gets alone, and keeps its numbers within what halves hold', async () => {
    const run = new GraphRun(yolov8File('n'), { threads: 2 })
    const pictures = Float32Array.from(normalNumbers(3)(2 * 3 * 640 * 640), value =>
      Math.min(1, Math.abs(value) / 2),
    )
    const of = async (data: Float32Array, count: number) => {
      const images = { type: 'float32' as const, data, dims: [count, 3, 640, 640] }
      return (await run.run({ images }, ['output0'])).output0!
    }
    const both = await of(pictures, 2)
    const second = await of(pictures.slice(pictures.length / 2), 1)
    await run.close()
    expect(both.dims).toEqual([2, 84, ANCHORS])
    const values = both.data as Float32Array
    const perPicture = 84 * ANCHORS
    let largest = 0
    for (let i = 0; i < perPicture; i++)
      largest = Math.max(largest, Math.abs(values[perPicture + i]! - (second.data as Float32Array)[i]!))
    expect(largest).toBeLessThan(0.05) // of boxes in pixels
    const scores = Array.from(values.subarray(4 * ANCHORS, perPicture))
    expect(Math.max(...scores.slice(0, 10_000))).toBeGreaterThan(0.5)
    expect(new Set(scores.slice(0, 10_000)).size).toBeGreaterThan(5000)
    expect(values.every(Number.isFinite)).toBe(true)
  })

  it('is prepared as any export of its family is', async () => {
    const file = path.join(dir, 'v8n.onnx')
    fs.writeFileSync(file, yolov8File('n'))
    const model = await prepareModel({ name: 'v8n@fp16', file, precision: 'fp16', cacheDir: dir })
    expect(model).toMatchObject({
      family: 'yolov8',
      batch: 'dynamic',
      maxCandidates: 300,
      widthPx: 640,
      heightPx: 640,
    })
  })
})

describe('normal numbers', () => {
  it('have the mean and the spread of their name', () => {
    const values = normalNumbers(1)(100_001)
    const mean = values.reduce((a, b) => a + b, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    expect(mean).toBeCloseTo(0, 1)
    expect(variance).toBeCloseTo(1, 1)
    expect(values.at(-1)).not.toBe(0)
  })
})
