/**
 * What halves cost: for each operator and part of a graph, the error of the candidates when only it runs on halves.
 *
 *   node dist/test/bench/half/main.js MODEL.onnx PICTURES [COUNT]
 *
 * The keep-list of the pass fp16 is chosen by this table; docs/decisions/0007-fp16-keep-list.md holds one.
 */
import fs from 'node:fs'
import path from 'node:path'
import { type Graph, ModelProto, type Node } from '../../../infer/model/onnx/proto.js'
import { keepList } from '../../../infer/model/passes/fp16/fp16.js'
import { defaultOptions, type Rewritten, rewriteModel } from '../../../infer/model/rewrite.js'
import { probeFfmpeg } from '../../../ingest/decoder/ffmpeg-path.js'
import { decodePicture, picturesIn } from '../../../ingest/decoder/picture-frames.js'
import { messageOf } from '../../../shared/errors.js'
import { type CandidateError, errorOf, type Rows } from './candidate-error.js'
import { halvesOf, partsOf, runGraph } from './variant.js'

const [file, pictures, count = '8'] = process.argv.slice(2)
if (!file || !pictures) throw new Error('Usage: main.js MODEL.onnx PICTURES [COUNT]')

const plain = rewriteModel(fs.readFileSync(file), file, { options: defaultOptions, sidecar: {}, batch: 1 })
const frames = await framesFor(plain, pictures, Number(count))
const reference = await runGraph(plain.bytes, plain.facts, frames)
console.log(`${path.basename(file)}, ${frames.length} pictures, candidates of score 0.1 and more`)
console.log('| part | operator | nodes | score: mean, max | box, px: mean, max | lost |')
console.log('|---|---|---|---|---|---|')
for (const { part, opType, nodes } of partsOf(ModelProto.decode(plain.bytes).graph!)) {
  await row(
    part,
    opType,
    nodes.size,
    halvesOf(plain.bytes, node => nodes.has(node.name!)),
  )
}
await row(
  'all',
  'every one that can',
  0,
  halvesOf(plain.bytes, () => true),
)
const kept = (node: Node, graph: Graph) => keepList(graph)(node)
await row('as the pass', 'chooses', 0, halvesOf(plain.bytes, kept))

async function row(part: string, opType: string, nodes: number, bytes: Uint8Array): Promise<void> {
  const error = await errorWith(bytes).catch((cause: unknown) => messageOf(cause).slice(0, 100))
  const text =
    typeof error === 'string'
      ? `${error} | |`
      : `${error.scoreMean.toFixed(5)}, ${error.scoreMax.toFixed(5)} | ${error.boxMeanPx.toFixed(3)}, ${error.boxMaxPx.toFixed(3)} | ${error.lost} of ${error.compared}`
  console.log(`| ${part} | ${opType} | ${nodes || ''} | ${text} |`)
}

async function errorWith(bytes: Uint8Array): Promise<CandidateError> {
  return errorOf(reference, (await runGraph(bytes, plain.facts, frames)) as Rows)
}

async function framesFor({ facts }: Rewritten, dir: string, wanted: number): Promise<Uint8Array[]> {
  const files = await picturesIn(dir)
  const step = Math.max(1, Math.floor(files.length / wanted))
  const chosen = files.filter((_, i) => i % step === 0).slice(0, wanted)
  const shape = { widthPx: facts.widthPx, heightPx: facts.heightPx, letterbox: facts.letterbox }
  const ffmpeg = probeFfmpeg('ffmpeg', 'PATH')
  const decoded = await Promise.all(chosen.map(picture => decodePicture(picture, shape, ffmpeg)))
  return decoded.map(({ pixels }) => pixels)
}
