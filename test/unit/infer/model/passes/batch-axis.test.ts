/** The batch axis: what constants alone held to one frame takes several, and what cannot stays as it was, shown by runs. */
import fs from 'node:fs'
import ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { faultOfBatch } from '../../../../../infer/model/loader/batch-proof.js'
import { noiseFrame } from '../../../../../infer/model/loader/noise-frame.js'
import { settleModel } from '../../../../../infer/model/loader/prepare-job.js'
import { GraphEditor } from '../../../../../infer/model/onnx/graph-editor.js'
import type { Model } from '../../../../../infer/model/onnx/proto.js'
import { batchAxis } from '../../../../../infer/model/passes/batch-axis.js'
import { defaultOptions, type Rewritten } from '../../../../../infer/model/rewrite.js'
import { outsideModel } from '../../../../tools/outside-data.js'
import { encodeModel, syntheticModel } from '../../../../tools/synthetic-model.js'

const request = { options: defaultOptions, sidecar: {} }
const settle = (bytes: Uint8Array) => settleModel(Buffer.from(bytes), 'model.onnx', request)

/** YOLOv8 of one class, whose scores and boxes go with the brightness of the picture; the graph is for one picture. */
function single(change: (editor: GraphEditor, model: Model) => string = () => 'raw'): Model {
  const table = Float32Array.from({ length: 5 * 42 }, (_, i) => 0.2 + (i % 42) / 100)
  const model = syntheticModel({ opset: 17, widthPx: 64, heightPx: 32, batch: 1, outputDims: [5, 42], table })
  const graph = model.graph!
  const last = graph.node!.at(-1)!
  last.output = ['raw']
  const editor = new GraphEditor(graph, 17, 'own')
  const source = change(editor, model)
  editor.append('Identity', [source], ['output'])
  graph.node!.push(...editor.nodes)
  const own = (name: string) => name.replace(/^ringside\//, 'own/')
  for (const node of graph.node!) {
    node.input = node.input!.map(own)
    node.output = node.output!.map(own)
  }
  for (const tensor of graph.initializer!) tensor.name = own(tensor.name!)
  return model
}

describe('a graph for one picture', () => {
  it('takes several where a Reshape holds it', async () => {
    const model = single(editor => editor.reshape(editor.reshape('raw', [1, 210]), [1, 5, -1]))
    expect((await settle(encodeModel(model))).facts.batch).toBe('dynamic')
  })

  it('takes several where the sizes of a Resize hold it', async () => {
    const model = single(editor => {
      const image = editor.reshape('raw', [1, 1, 5, 42])
      const larger = editor.node('Resize', [image, '', '', editor.ints([1, 1, 10, 42])], { mode: 'nearest' })
      return editor.reshape(editor.slice(larger, 2, 0, 5), [1, 5, 42])
    })
    expect((await settle(encodeModel(model))).facts.batch).toBe('dynamic')
  })

  it('takes several where an end-to-end head picks rows of the one picture', async () => {
    const model = single(editor => {
      const rows = editor.node('Transpose', ['raw'], { perm: [0, 2, 1] })
      editor.append(
        'TopK',
        [editor.reshape(editor.slice(rows, 2, 4, 5), [1, 42]), editor.ints([42])],
        ['s', 'i'],
        {
          axis: 1,
        },
      )
      const index = editor.node('Unsqueeze', ['i', editor.ints([-1])])
      const flat = editor.node('Flatten', [index], { axis: 2 })
      const picked = editor.node('Gather', [flat, 'i'], { axis: 0 })
      const spread = editor.node('Tile', [picked, editor.ints([1, 1, 5])])
      return editor.node('Transpose', [editor.node('GatherElements', [rows, spread], { axis: 1 })], {
        perm: [0, 2, 1],
      })
    })
    const settled = await settle(encodeModel(model))
    expect(settled.facts.batch).toBe('dynamic')
  })

  it.each<[string, (editor: GraphEditor) => string]>([
    [
      'frames are mixed',
      editor => editor.node('Mul', ['raw', editor.node('ReduceMean', ['raw'], { axes: [0] })]),
    ],
    ['the first frame counts for all', editor => editor.node('Add', ['raw', editor.slice('raw', 0, 0, 1)])],
    ['a batch does not fit a constant', editor => editor.reshape(editor.reshape('raw', [5, 42]), [1, 5, 42])],
  ])('stays as it is where %s', async (_, change) => {
    const { facts } = await settle(encodeModel(single(change)))
    expect(facts.batch).toBe(1)
  })

  it('that gives the same for every picture proves nothing', async () => {
    const constant = single(editor =>
      editor.node('Add', [editor.node('Mul', ['raw', editor.floats([0], [])]), editor.floats([0.5], [])]),
    )
    expect((await settle(encodeModel(constant))).facts.batch).toBe(1)
  })
})

it('a file that declares a batch axis and cannot bear it is used for one picture', async () => {
  const model = single(editor =>
    editor.node('Mul', ['raw', editor.node('ReduceMean', ['raw'], { axes: [0] })]),
  )
  for (const value of [...model.graph!.input!, ...model.graph!.output!]) {
    Object.assign(value.type!.tensorType!.shape!.dim![0]!, { dimParam: 'batch', dimValue: 0 })
  }
  const settled = await settle(encodeModel(model))
  expect(settled.facts.batch).toBe(1)
})

it('is left alone for one picture a run', () => {
  const model = single(editor => editor.reshape('raw', [1, 5, 42]))
  const before = encodeModel(model)
  batchAxis.apply(model, { spec: { batch: 1, opset: 17, inputName: 'images' } } as never)
  expect(encodeModel(model).equals(before)).toBe(true)
})

describe('the proof', () => {
  const frame = (score: number, x = 10) =>
    Float32Array.from([x, 10, 20, 20, score, 0, 1, 1, 5, 5, score / 2, 1])

  it('holds for equal candidates, in any order where scores are equal', () => {
    const tied = Float32Array.from([1, 1, 2, 2, 0.5, 0, 3, 3, 4, 4, 0.5, 1, 0, 0, 1, 1, 0.1, 0])
    const swapped = Float32Array.from([3, 3, 4, 4, 0.5, 1, 1, 1, 2, 2, 0.5, 0, 0, 0, 1, 1, 0.1, 0])
    expect(faultOfBatch([tied, frame(0.9)], [swapped, frame(0.9)])).toBeNull()
  })

  it.each([
    ['another score', frame(0.8), /frame 1/],
    ['another box', frame(0.9, 11), /frame 1/],
    ['the other frame', frame(0.5), /frame 1/],
  ])('fails for %s', (_, wrong, fault) => {
    expect(faultOfBatch([frame(0.5), wrong], [frame(0.5), frame(0.9)])).toMatch(fault)
  })

  it('says nothing where the frames cannot be told apart', () => {
    expect(faultOfBatch([frame(0.5), frame(0.5)], [frame(0.5), frame(0.5)])).toMatch(/same boxes/)
  })
})

async function run({ bytes, facts }: Rewritten, frames: Uint8Array[]): Promise<number[]> {
  const session = await ort.InferenceSession.create(bytes)
  const dims = [frames.length, (facts.heightPx * 3) / 2, facts.widthPx]
  const { candidates } = await session.run({ i420: new ort.Tensor('uint8', Buffer.concat(frames), dims) })
  return Array.from(candidates!.data as Float32Array)
}

describe('real exports for one picture', () => {
  const nano = outsideModel('yolox_nano_416')
  it.skipIf(nano.missing)(`YOLOX-Nano becomes what was made dynamic by hand${nano.note}`, async () => {
    const opened = await settle(fs.readFileSync(nano.path))
    const byHand = await settle(fs.readFileSync(outsideModel('yolox_nano_416_dyn').path))
    expect(opened.facts).toEqual({ ...byHand.facts, passes: expect.anything() })
    const frames = [1, 2, 3].map(seed => noiseFrame(opened.facts, seed))
    expect(await run(opened, frames)).toEqual(await run(byHand, frames))
  })

  for (const name of ['yolox_person_192', 'nanodet_m_416', 'yolov10n_640_wq8', 'yolo26n_640_wq8']) {
    const { path: file, missing, note } = outsideModel(name)
    it.skipIf(missing)(`${name} takes several${note}`, async () => {
      expect((await settle(fs.readFileSync(file))).facts.batch).toBe('dynamic')
    })
  }
})
