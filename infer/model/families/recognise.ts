/** Finds the family of a model from what its file shows. A new family is one file and one entry here. */
import { RingsideError } from '../../../shared/errors.js'
import { describeEvidence, type ModelEvidence } from '../onnx/evidence.js'
import type { FamilyName } from '../prepared-model.js'
import type { Family, Head } from './family.js'
import { yolov8 } from './yolov8.js'
import { yolox } from './yolox.js'

export const families: Readonly<Record<FamilyName, Family>> = { yolox, yolov8 }

/** @throws RingsideError `model_family_unknown`, naming for each family what speaks against it. */
export function recogniseFamily(evidence: ModelEvidence, file: string): { family: Family; head: Head } {
  const verdicts = Object.values(families).map(family => ({ family, verdict: family.recognise(evidence) }))
  for (const { family, verdict } of verdicts) {
    if (typeof verdict !== 'string') return { family, head: verdict }
  }
  const reasons = verdicts.map(({ family, verdict }) => `${family.name} has ${family.expects}: ${verdict}`)
  throw new RingsideError(
    'model_family_unknown',
    `The model is of no known family. Found ${describeEvidence(evidence)}. ${reasons.join('; ')}.`,
    {
      key: 'model.name',
      value: file,
      remedy: 'Export a YOLOX model without decoding, or a YOLOv8 or YOLO11 detector without NMS, to ONNX.',
    },
  )
}
