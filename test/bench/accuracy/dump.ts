/**
 * `node dist/test/bench/accuracy/dump.js --images DIR [--limit N] [--min-score S] MODEL > detections.json`: labels and
 * detections as test/fixtures/coco-eval/make.py takes them.
 */
import { parseArgs } from 'node:util'
import { labelledFrames } from '../../../bin/model/labelled-frames.js'
import { detectorSettings, prepareVariant } from '../../../bin/model/variant.js'
import { loadConfig } from '../../../config/load.js'
import { OnnxruntimeEngine } from '../../../infer/engine/onnxruntime/engine.js'
import { Detector } from '../../../infer/evaluate/detector.js'
import type { Judged } from '../../../infer/model/accuracy/judged.js'

const { values, positionals } = parseArgs({
  options: {
    images: { type: 'string' },
    limit: { type: 'string', default: '40' },
    'min-score': { type: 'string', default: '0.02' },
  },
  allowPositionals: true,
})
const [name] = positionals
if (!values.images || !name) throw new Error('Give --images DIR and the name of a model.')
const config = loadConfig()
const model = await prepareVariant(name, { maxCandidates: 300 }, config)
const settings = { ...detectorSettings(model, config), buckets: [1] }
const detector = await Detector.open(model, new OnnxruntimeEngine(), settings)
const nms = { minScore: Number(values['min-score']), maxIou: model.nms ? 0.65 : 1 }
const pictures: Judged[] = []
const frames = await labelledFrames({ images: values.images, limit: Number(values.limit) }, model, config)
for await (const { frame, truths } of frames) {
  const { detections } = await detector.detect(frame, nms)
  pictures.push({ truths, found: detections.map(({ classId, score, box }) => ({ classId, score, box })) })
}
await detector.close()
console.log(
  JSON.stringify(pictures, (_, value) => (typeof value === 'number' ? Number(value.toFixed(4)) : value)),
)
