/**
 * `node dist/test/bench/device/pack.js --images DIR --to FOLDER MODEL…`: the frames of labelled pictures and the prepared fp32 and
 * fp16 graphs, as `run.js` takes them on another machine, where neither pictures nor FFmpeg need be. `judge.js` looks at what comes back.
 */
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { labelledFrames } from '../../../bin/model/labelled-frames.js'
import { prepareVariant } from '../../../bin/model/variant.js'
import { loadConfig } from '../../../config/load.js'
import { joinModelName } from '../../../shared/model/model-name.js'
import type { PackedModel } from './packed.js'

const MAX_CANDIDATES = 1000

const { values, positionals } = parseArgs({
  options: { images: { type: 'string' }, to: { type: 'string' }, limit: { type: 'string' } },
  allowPositionals: true,
})
if (!values.images || !values.to || positionals.length === 0)
  throw new Error('Give --images DIR, --to FOLDER and the names of models.')
const config = loadConfig()
const packed: PackedModel[] = []
for (const name of positionals) packed.push(await pack(name, values.images, values.to))
fs.writeFileSync(path.join(values.to, 'packed.json'), JSON.stringify(packed))

async function pack(name: string, images: string, to: string): Promise<PackedModel> {
  fs.mkdirSync(to, { recursive: true })
  const graphs = []
  for (const precision of ['fp32', 'fp16'] as const) {
    const model = await prepareVariant(
      joinModelName(name, precision),
      { maxCandidates: MAX_CANDIDATES },
      config,
    )
    const file = `${name}-${precision}.onnx`
    fs.copyFileSync(model.file, path.join(to, file))
    graphs.push({ precision, file, model })
  }
  const [{ model }] = graphs as [(typeof graphs)[0]]
  const frames = `${name}.i420`
  const out = fs.openSync(path.join(to, frames), 'w')
  const limit = values.limit ? { limit: Number(values.limit) } : {}
  const pictures: PackedModel['pictures'] = []
  for await (const { frame, truths } of await labelledFrames({ images, ...limit }, model, config)) {
    fs.writeSync(out, frame.pixels)
    pictures.push({ sourceWidthPx: frame.sourceWidthPx, sourceHeightPx: frame.sourceHeightPx, truths })
  }
  fs.closeSync(out)
  return { name, frames, graphs, pictures }
}
