/** Property: for random outputs, the decoding graph of a family chooses and decodes what its plain decoder gives. */
import fc from 'fast-check'
import ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import type { Head, HeadOutput } from '../../../../../infer/model/families/family.js'
import { gatherEvidence } from '../../../../../infer/model/onnx/evidence.js'
import { valueInfo } from '../../../../../infer/model/onnx/graph-editor.js'
import { elementType, ModelProto } from '../../../../../infer/model/onnx/proto.js'
import { candidatesOutput, OUTPUT_NAME } from '../../../../../infer/model/passes/candidates-output.js'
import { defaultOptions } from '../../../../../infer/model/rewrite.js'
import { type ModelSpec, specOf } from '../../../../../infer/model/spec.js'
import { contracts, type NamedContract } from '../../../../tools/contracts.js'
import { candidatesIn, expectSame } from '../../../../tools/same-candidates.js'
import { encodeModel, syntheticModel } from '../../../../tools/synthetic-model.js'

const options = { widthPx: 64, heightPx: 32, classCount: 3 }
const BATCH = 2
const RUNS = 60
const MAX_CANDIDATES = 20

function specFor({ make, sidecar = {} }: NamedContract): ModelSpec {
  const model = syntheticModel({ opset: 17, ...options, ...make(options) })
  return specOf(gatherEvidence(model, '', sidecar), '', sidecar)
}

/** A graph of the decoding alone, whose inputs are the head's outputs. */
function decodingGraph(spec: ModelSpec): Buffer {
  const model = ModelProto.create({
    irVersion: 6,
    opsetImport: [{ domain: '', version: 17 }],
    graph: { name: 'decoding', node: [], initializer: [], output: [], input: [] },
  })
  model.graph!.input = spec.head.outputs.map(({ name, elemType, dims }) =>
    valueInfo(
      name,
      elemType,
      dims.map(dim => dim ?? 'batch'),
    ),
  )
  candidatesOutput.apply(model, {
    file: '',
    spec,
    options: { ...defaultOptions, maxCandidates: MAX_CANDIDATES },
  })
  return encodeModel(model)
}

const sizeOf = ({ dims }: HeadOutput) => dims.reduce<number>((product, dim) => product * (dim ?? 1), 1)

/** Few distinct values make ties; the wide ones reach far outside the picture. */
const values = (length: number) =>
  fc.oneof(
    fc.array(fc.float({ min: -6, max: 6, noNaN: true }), { minLength: length, maxLength: length }),
    fc.array(fc.constantFrom(0, 0.25, 0.5, 1), { minLength: length, maxLength: length }),
  )

function tensorOf({ dims, elemType }: HeadOutput, images: readonly (readonly number[])[]): ort.Tensor {
  const shape = dims.map(dim => dim ?? images.length)
  if (elemType !== elementType.int64)
    return new ort.Tensor('float32', Float32Array.from(images.flat()), shape)
  return new ort.Tensor(
    'int64',
    BigInt64Array.from(images.flat(), value => BigInt(Math.round(value))),
    shape,
  )
}

/** As the tensor holds them. */
const seen = ({ elemType }: HeadOutput, image: readonly number[]) =>
  Float32Array.from(image, value => (elemType === elementType.int64 ? Math.round(value) : value))

const batchOf = (head: Head): number => head.batch ?? BATCH

describe.each(contracts)('$name', contract => {
  const spec = specFor(contract)
  const { family, head } = spec
  const images = fc.array(fc.tuple(...head.outputs.map(output => values(sizeOf(output)))), {
    minLength: batchOf(head),
    maxLength: batchOf(head),
  })

  it('is decoded by its graph as by its plain decoder', async () => {
    const session = await ort.InferenceSession.create(decodingGraph(spec), { intraOpNumThreads: 1 })
    await fc.assert(
      fc.asyncProperty(images, async tables => {
        const feeds = head.outputs.map((output, i) => [
          output.name,
          tensorOf(
            output,
            tables.map(table => table[i]!),
          ),
        ])
        const candidates = (await session.run(Object.fromEntries(feeds)))[OUTPUT_NAME]!
        expect(candidates.dims).toEqual([tables.length, Math.min(MAX_CANDIDATES, head.rows), 6])
        const found = candidatesIn(candidates.data as Float32Array)
        for (const [i, table] of tables.entries()) {
          const plain = family.decode(
            table.map((column, k) => seen(head.outputs[k]!, column)),
            head,
          )
          const each = found.length / tables.length
          expectSame(
            found.slice(i * each, (i + 1) * each),
            plain.sort((a, b) => b[4] - a[4]),
          )
        }
      }),
      { numRuns: RUNS },
    )
  })
})
