/**
 * `node dist/test/bench/gpu/pack-data.js --images DIR --to FOLDER [--limit N] MODEL…`: labelled pictures as frames of each model, and the
 * models with their prepared fp32 and fp16 graphs, for a host that has neither pictures nor FFmpeg. `--limit` counts for all models but the first.
 */
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { labelledFrames } from '../../../bin/model/labelled-frames.js'
import { loadConfig } from '../../../config/load.js'
import { placesOf, resolveModel } from '../../../infer/model/resolve.js'
import { type PackedModel, prepareIn } from './packed.js'

const { values, positionals } = parseArgs({
  options: {
    images: { type: 'string' },
    to: { type: 'string' },
    limit: { type: 'string', default: '32' },
  },
  allowPositionals: true,
})
if (!values.images || !values.to || positionals.length === 0)
  throw new Error('Give --images DIR, --to FOLDER and the names of models.')
const { RINGSIDE_MODELS_DIR = '', HOME } = process.env
const config = loadConfig({ RINGSIDE_MODELS_DIR, HOME })
const packed: PackedModel[] = []
for (const [i, name] of positionals.entries()) {
  packed.push(await pack(name, values.images, values.to, i === 0 ? {} : { limit: Number(values.limit) }))
}
fs.writeFileSync(path.join(values.to, 'packed.json'), JSON.stringify(packed))

async function pack(
  name: string,
  images: string,
  to: string,
  limit: { limit?: number },
): Promise<PackedModel> {
  fs.mkdirSync(to, { recursive: true })
  const { file } = await resolveModel(name, placesOf(config))
  const source = path.basename(file)
  copyWithSidecar(file, to)
  const model = await prepareIn(to, { name, source }, 'fp32')
  await prepareIn(to, { name, source }, 'fp16')
  const frames = `${name}.i420`
  const out = fs.openSync(path.join(to, frames), 'w')
  const pictures: PackedModel['pictures'] = []
  for await (const { frame, truths } of await labelledFrames({ images, ...limit }, model, config)) {
    fs.writeSync(out, frame.pixels)
    pictures.push({ sourceWidthPx: frame.sourceWidthPx, sourceHeightPx: frame.sourceHeightPx, truths })
  }
  fs.closeSync(out)
  return { name, source, frames, pictures }
}

function copyWithSidecar(file: string, to: string): void {
  fs.copyFileSync(file, path.join(to, path.basename(file)))
  for (const suffix of ['.model.yml', '.classes.txt']) {
    const beside = file.replace(/\.onnx$/, suffix)
    if (fs.existsSync(beside)) fs.copyFileSync(beside, path.join(to, path.basename(beside)))
  }
}
