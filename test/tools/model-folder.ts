/** A folder of models for one test: a copy of the shipped one under another name, and small synthetic ones of other sizes. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
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
