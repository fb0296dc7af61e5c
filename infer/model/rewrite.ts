/** The passes that make a prepared graph of a model file, in order. Nothing is read or kept here: bytes in, bytes out. */
import type { PreparedFacts } from './cache.js'
import { gatherEvidence } from './onnx/evidence.js'
import { ModelProto } from './onnx/proto.js'
import { parseModel } from './onnx/read-model.js'
import { candidatesOf, candidatesOutput } from './passes/candidates-output.js'
import { i420Input } from './passes/i420-input.js'
import { ownNames } from './passes/own-names.js'
import type { Pass, PrepareOptions } from './passes/pass.js'
import { specOf } from './spec.js'

export const defaultOptions: PrepareOptions = { precision: 'fp32', maxCandidates: 300 }

export const passes: readonly Pass[] = [ownNames, i420Input, candidatesOutput]

/**
 * @param file names the source in errors.
 * @throws RingsideError `model_invalid` or `model_family_unknown`.
 */
export function rewriteModel(
  source: Buffer,
  file: string,
  options = defaultOptions,
): { bytes: Uint8Array; facts: PreparedFacts } {
  const model = parseModel(source, file)
  const spec = specOf(gatherEvidence(model, file), file)
  for (const pass of passes) pass.apply(model, { file, spec, options })
  const { widthPx, heightPx, batch, classNames, family, head } = spec
  return {
    bytes: ModelProto.encode(model).finish(),
    facts: {
      family: family.name,
      widthPx,
      heightPx,
      batch,
      classCount: head.classCount,
      maxCandidates: candidatesOf(head, options.maxCandidates),
      classNames,
    },
  }
}
