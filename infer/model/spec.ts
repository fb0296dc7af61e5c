/** What is known of a model before it is rewritten: its family and head, and what its input must look like. From the file's evidence, corrected by a sidecar. */
import { RingsideError } from '../../shared/errors.js'
import type { Letterbox } from '../../shared/slab/info.js'
import type { Family, Head } from './families/family.js'
import { recogniseFamily } from './families/recognise.js'
import type { ModelEvidence } from './onnx/evidence.js'
import { modelInvalid } from './onnx/invalid.js'
import type { PixelFormat } from './passes/i420-input.js'
import type { Sidecar } from './sidecar.js'

export interface ModelSpec {
  family: Family
  head: Head
  /** The image input, and its type as of ONNX's TensorProto.DataType. */
  inputName: string
  inputType: number
  widthPx: number
  heightPx: number
  batch: 'dynamic' | 1
  opset: number
  letterbox: Letterbox
  pixels: PixelFormat
  minScore: number
  nms: boolean
  /** Named by the file or its sidecar. */
  classNames: string[] | null
}

/**
 * @param evidence gathered with the same sidecar.
 * @throws RingsideError `model_family_unknown`, `model_invalid`, or `sidecar_invalid` where the two do not go together.
 */
export function specOf(evidence: ModelEvidence, file: string, sidecar: Sidecar = {}): ModelSpec {
  checkClasses(evidence, file, sidecar)
  const { family, head } = recogniseFamily(evidence, file)
  checkInputs(evidence, family, head, file)
  const { inputName, inputType, widthPx, heightPx, opset, classNames } = evidence
  return {
    family,
    head,
    inputName,
    inputType,
    widthPx,
    heightPx,
    batch: head.batch ?? evidence.batch,
    opset,
    letterbox: letterboxOf(family, sidecar),
    pixels: pixelsOf(family, sidecar),
    minScore: sidecar.minScore ?? family.minScore,
    nms: sidecar.nms ?? family.nms,
    classNames,
  }
}

/** Where the model fits a family but for the number of its names, the names are wrong, not the family. */
function checkClasses(evidence: ModelEvidence, file: string, { classes }: Sidecar): void {
  const classCount = classes && classCountWithoutNames(evidence, file)
  if (!classes || !classCount || classCount === classes.length) return
  throw new RingsideError(
    'sidecar_invalid',
    `The sidecar names ${classes.length} classes, but the model has ${classCount} (${file}).`,
    {
      key: 'classes',
      value: String(classes.length),
      remedy: 'Name every class of the model, in the order of their indices.',
    },
  )
}

/** null where only names tell it, or the family. */
function classCountWithoutNames(evidence: ModelEvidence, file: string): number | null {
  try {
    return recogniseFamily({ ...evidence, classNames: null }, file).head.classCount
  } catch (error) {
    if (error instanceof RingsideError && error.code === 'model_family_unknown') return null
    throw error
  }
}

function checkInputs({ extraInputs }: ModelEvidence, family: Family, head: Head, file: string): void {
  const unknown = extraInputs.find(({ name }) => !head.fixedInputs.some(input => input.name === name))
  if (!unknown) return
  throw modelInvalid(file, `it has an input ${unknown.name}`, `only the inputs that ${family.name} has`)
}

function letterboxOf({ letterbox }: Family, { pad }: Sidecar): Letterbox {
  return { anchor: pad?.anchor ?? letterbox.anchor, padValue: pad?.value ?? letterbox.padValue }
}

/** Mean and std are in the order of the channels: other channels alone would leave the family's on the wrong planes. */
function pixelsOf({ name, pixels }: Family, { channels, scale, mean, std }: Sidecar): PixelFormat {
  const isReordered = channels !== undefined && channels !== pixels.channels
  if (isReordered && !(mean && std) && !isGrey(pixels)) {
    throw new RingsideError(
      'sidecar_invalid',
      `The channels are ${channels}, but mean and std are those of ${name}, for ${pixels.channels}.`,
      { key: 'channels', value: channels, remedy: 'Give `mean` and `std` beside `channels`.' },
    )
  }
  return {
    channels: channels ?? pixels.channels,
    scale: scale === undefined ? pixels.scale : numberOf(scale),
    mean: (mean as PixelFormat['mean'] | undefined) ?? pixels.mean,
    std: (std as PixelFormat['std'] | undefined) ?? pixels.std,
  }
}

function isGrey({ mean, std }: PixelFormat): boolean {
  return [mean, std].every(values => values.every(value => value === values[0]))
}

function numberOf(scale: number | '1/255'): number {
  return scale === '1/255' ? 1 / 255 : scale
}
