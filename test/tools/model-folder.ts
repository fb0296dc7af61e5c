/** A folder of models for one test: a copy of the shipped one under another name, and small synthetic ones of other sizes. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { GraphEditor } from '../../infer/model/onnx/graph-editor.js'
import { elementType, type Graph, type Model } from '../../infer/model/onnx/proto.js'
import { shippedModel } from '../../infer/model/resolve.js'
import { encodeModel, syntheticModel } from './synthetic-model.js'

const BOXES = 3
const CLASSES = 2

export interface ModelFolder {
  path: string
  /** The shipped model under another name: its frames are the same. */
  addCopy(name: string): void
  /** Finds boxes of two classes wherever it is not dark. Output [4 + classes, anchors] as YOLOv8 gives it. */
  addSynthetic(name: string, widthPx: number, heightPx: number): void
  /** One that ONNX Runtime refuses to run on a bright picture: it looks beyond the end of a table. */
  addFailing(name: string, widthPx: number, heightPx: number): void
  addBroken(name: string): void
  remove(name: string): void
  close(): void
}

export function createModelFolder(): ModelFolder {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-models-'))
  const fileOf = (name: string): string => path.join(folder, `${name}.onnx`)
  return {
    path: folder,
    addCopy(name) {
      fs.copyFileSync(shippedModel.file, fileOf(name))
      const classes = shippedModel.file.replace(/\.onnx$/, '.classes.txt')
      fs.copyFileSync(classes, path.join(folder, `${name}.classes.txt`))
    },
    addSynthetic: (name, widthPx, heightPx) =>
      fs.writeFileSync(fileOf(name), encodeModel(synthetic(widthPx, heightPx))),
    addFailing: (name, widthPx, heightPx) => {
      const model = synthetic(widthPx, heightPx)
      failWhereBright(model)
      fs.writeFileSync(fileOf(name), encodeModel(model))
    },
    addBroken: name => fs.writeFileSync(fileOf(name), 'no model at all'),
    remove: name => fs.rmSync(fileOf(name)),
    close: () => fs.rmSync(folder, { recursive: true, force: true }),
  }
}

function synthetic(widthPx: number, heightPx: number) {
  const anchors = [8, 16, 32].reduce((sum, stride) => sum + (widthPx / stride) * (heightPx / stride), 0)
  const rows = 4 + CLASSES
  const table = new Float32Array(rows * anchors)
  for (let box = 0; box < BOXES; box++) {
    const values = [widthPx / 4 + 60 * box, heightPx / 2, 80, 80, 1, 0]
    for (const [row, value] of values.entries()) table[row * anchors + box] = value
  }
  return syntheticModel({ opset: 17, widthPx, heightPx, outputDims: [rows, anchors], table })
}

/** output · table[⌊brightness / 0.8⌋], where the table has one row: white lies beyond it, the noise of a trial does not. */
function failWhereBright(model: Model): void {
  const graph = model.graph as Graph
  const editor = new GraphEditor(graph, 17, 'failing')
  // One white frame is enough, whatever stands beside it in its bucket.
  const means = editor.node('ReduceMean', ['images'], { axes: [1, 2, 3], keepdims: 0 })
  const brightest = editor.node('ReduceMax', [means], { axes: [0], keepdims: 0 })
  const index = editor.node('Cast', [editor.node('Div', [brightest, editor.floats([0.8], [])])], {
    to: elementType.int64,
  })
  const one = editor.node('Gather', [editor.floats([1], [1]), index], { axis: 0 })
  const last = graph.output![0]!.name as string
  for (const node of graph.node!) node.output = node.output!.map(name => (name === last ? 'sound' : name))
  editor.append('Mul', ['sound', one], [last])
  graph.node = [...graph.node!, ...editor.nodes]
  for (const item of [...graph.node, ...graph.initializer!]) ownNames(item)
}

/** The names that Ringside adds itself must be free in a source model. */
function ownNames(item: { name?: string | null; input?: string[] | null; output?: string[] | null }): void {
  const own = (name: string): string => name.replace(/^ringside\//, 'own/')
  if (item.name) item.name = own(item.name)
  if (item.input) item.input = item.input.map(own)
  if (item.output) item.output = item.output.map(own)
}
