/** YOLOv8n and YOLOv8s with random weights as files: as exported, and prepared. `node dist/test/bench/gpu/yolov8-files.js FOLDER` writes them. */
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { prepareModel } from '../../../infer/model/prepare.js'
import type { Precision, PreparedModel } from '../../../infer/model/prepared-model.js'
import { type Yolov8Size, yolov8File } from '../../tools/yolov8-graph.js'
import { deviceFor } from './packed.js'

export interface Yolov8Files {
  /** As a model file comes: float32 [N, 3, 640, 640] in. */
  source: string
  prepared: Record<'fp32' | 'fp16', PreparedModel>
}

/** Files that are there already are taken as they are. Preparing takes two seconds a file the first time. */
export async function yolov8Files(folder: string, size: Yolov8Size): Promise<Yolov8Files> {
  const source = path.join(folder, `v8${size}.onnx`)
  fs.mkdirSync(folder, { recursive: true })
  if (!fs.existsSync(source)) fs.writeFileSync(source, yolov8File(size))
  const prepare = (precision: Precision): Promise<PreparedModel> =>
    prepareModel({
      name: `v8${size}@${precision}`,
      file: source,
      precision,
      device: deviceFor(precision),
      cacheDir: path.join(folder, 'prepared'),
    })
  return { source, prepared: { fp32: await prepare('fp32'), fp16: await prepare('fp16') } }
}

async function main(folder: string): Promise<void> {
  for (const size of ['n', 's'] as const) {
    const { source, prepared } = await yolov8Files(folder, size)
    for (const [precision, model] of Object.entries(prepared)) {
      const file = path.resolve(folder, `v8${size}.prepared.${precision}.onnx`)
      fs.copyFileSync(model.file, file)
      fs.writeFileSync(file.replace(/onnx$/, 'json'), JSON.stringify({ ...model, file }, null, 2))
    }
    console.log(source, fs.statSync(source).size)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv[2] ?? 'yolov8')
