/** A labelled folder and a model made for it, whose detections are the same on every picture: what accuracy must come out is known. */
import fs from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { anchorCount } from '../../infer/model/families/grid.js'
import { encodeModel, syntheticModel } from './synthetic-model.js'

const SIDE_PX = 64
/** Pictures are larger than the model's input by this. */
const ENLARGED = 2

interface Seen {
  classId: number
  score: number
  /** In the model's input. */
  box: readonly [x1: number, y1: number, x2: number, y2: number]
}

/** A cat, top left, and a dog, bottom right. */
const seen: readonly Seen[] = [
  { classId: 0, score: 0.9, box: [8, 8, 28, 32] },
  { classId: 1, score: 0.8, box: [32, 36, 60, 60] },
]

/** Writes `<name>.onnx`: an export of YOLOv8 of two classes. */
export function writeSteadyModel(folder: string, name: string): void {
  const size = { widthPx: SIDE_PX, heightPx: SIDE_PX }
  const anchors = anchorCount(size)
  const offset = new Float32Array(6 * anchors)
  seen.forEach(({ classId, score, box: [x1, y1, x2, y2] }, column) => {
    const rows = [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]
    rows.forEach((value, row) => {
      offset[row * anchors + column] = value
    })
    offset[(4 + classId) * anchors + column] = score
  })
  const metadata = { task: 'detect', names: "{0: 'cat', 1: 'dog'}" }
  const table = new Float32Array(offset.length)
  const model = syntheticModel({ opset: 17, ...size, outputDims: [6, anchors], table, offset, metadata })
  fs.writeFileSync(path.join(folder, `${name}.onnx`), encodeModel(model))
}

/**
 * Four pictures, images/ and labels/. The dog is where it is found on all of them; the cat on the first two only, on the
 * others it sits elsewhere. Of four cats, then, two are found, and all findings have the same score.
 * mAP@50 of cat: the first two findings are right: precision 1 up to a recall of 0.5, that is 51 of 101; of dog: 1.
 */
export async function writeLabelledPictures(folder: string): Promise<{ map50: number }> {
  for (const name of ['images', 'labels']) fs.mkdirSync(path.join(folder, name))
  fs.writeFileSync(path.join(folder, 'classes.txt'), 'dog\ncat\nunicorn\n')
  const side = SIDE_PX * ENLARGED
  const [cat, dog] = seen.map(({ box }) => yoloBox(box)) as [string, string]
  for (let i = 0; i < 4; i++) {
    const background = { r: 60 * i, g: 90, b: 200 - 40 * i }
    await sharp({ create: { width: side, height: side, channels: 3, background } })
      .jpeg()
      .toFile(path.join(folder, 'images', `${i}.jpg`))
    const cats = i < 2 ? cat : yoloBox([40, 4, 60, 20])
    fs.writeFileSync(path.join(folder, 'labels', `${i}.txt`), `0 ${dog}\n1 ${cats}\n2 0.5 0.5 0.9 0.9\n`)
  }
  return { map50: (51 / 101 + 1) / 2 }
}

function yoloBox([x1, y1, x2, y2]: Seen['box']): string {
  return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1].map(px => px / SIDE_PX).join(' ')
}
