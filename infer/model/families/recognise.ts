/** Finds the family of a model from what its file shows. A new family is one file and one entry here. */
import { RingsideError } from '../../../shared/errors.js'
import { describeEvidence, type ModelEvidence } from '../onnx/evidence.js'
import type { FamilyName } from '../prepared-model.js'
import { damoYolo } from './damo-yolo.js'
import { endToEnd } from './end-to-end.js'
import type { Family, Head } from './family.js'
import { nanodet } from './nanodet.js'
import { nanodetPlus } from './nanodet-plus.js'
import { rtdetr } from './rtdetr.js'
import { rtdetrTransformers } from './rtdetr-transformers.js'
import { rtdetrUltralytics } from './rtdetr-ultralytics.js'
import { yolov5 } from './yolov5.js'
import { yolov8 } from './yolov8.js'
import { yolox } from './yolox.js'
import { yoloxDecoded } from './yolox-decoded.js'

export const families: Readonly<Record<FamilyName, Family>> = {
  yolox,
  yolox_decoded: yoloxDecoded,
  yolov5,
  yolov8,
  end_to_end: endToEnd,
  damo_yolo: damoYolo,
  nanodet,
  nanodet_plus: nanodetPlus,
  rtdetr,
  rtdetr_ultralytics: rtdetrUltralytics,
  rtdetr_transformers: rtdetrTransformers,
}

export interface Recognised {
  family: Family
  head: Head
}

/** @throws RingsideError `model_family_unknown`, naming what speaks against each family, or which ones fit alike. */
export function recogniseFamily(evidence: ModelEvidence, file: string): Recognised {
  if (evidence.claimed) return claimedFamily(families[evidence.claimed], evidence, file)
  const verdicts = Object.values(families).map(family => ({ family, verdict: family.recognise(evidence) }))
  const fitting = verdicts.flatMap(({ family, verdict }) =>
    typeof verdict === 'string' ? [] : [{ family, head: verdict }],
  )
  if (fitting.length === 1) return fitting[0]!
  if (fitting.length > 1) throw ambiguous(fitting, evidence, file)
  const reasons = verdicts.map(({ family, verdict }) => `${family.name} has ${family.expects}: ${verdict}`)
  throw unknown(
    `The model is of no known family. Found ${describeEvidence(evidence)}. ${reasons.join('; ')}.`,
    file,
    'Export one of these families to ONNX. Where only a sign is missing, not the shape, name the `family` in its model.yml.',
  )
}

function claimedFamily(family: Family, evidence: ModelEvidence, file: string): Recognised {
  const head = family.recognise(evidence)
  if (typeof head !== 'string') return { family, head }
  const found = describeEvidence(evidence)
  throw unknown(
    `The model is said to be ${family.name}, which has ${family.expects}, but ${head}. Found ${found}.`,
    file,
    'Correct or remove the `family` in its model.yml (in its metadata: `layout`).',
  )
}

function ambiguous(fitting: readonly Recognised[], evidence: ModelEvidence, file: string): RingsideError {
  const names = fitting.map(({ family }) => family.name)
  const meanings = fitting.map(({ family }) => `${family.name} (${family.expects})`).join(' and ')
  return unknown(
    `The model fits more than one family: ${meanings}. Found ${describeEvidence(evidence)}.`,
    file,
    `Say which in its model.yml: ${names.map(name => `\`family: ${name}\``).join(' or ')}.`,
  )
}

function unknown(message: string, file: string, remedy: string): RingsideError {
  return new RingsideError('model_family_unknown', message, { key: 'model.name', value: file, remedy })
}
