/** Labelled pictures: what a reader of labels gives, whatever their format, and how faults in them are told. */
import { RingsideError } from '../../../../shared/errors.js'
import type { SourceSize } from '../../../postprocess/source-box.js'
import type { Truth } from '../judged.js'

export interface LabelledPicture {
  file: string
  /**
   * What is on it; classes are indexes of the data set's names.
   * @param size of the picture itself, known once it is decoded.
   * @throws RingsideError `dataset_invalid` where the labels were made for another size.
   */
  truthsAt(size: SourceSize): Truth[]
}

export interface Dataset {
  /** What the labels were read from, for people. */
  format: 'YOLO' | 'COCO'
  labels: string
  classNames: string[]
  /** By file name: the order decides between equal scores. */
  pictures: LabelledPicture[]
}

/** @param where file, with `:line` where there is one. */
export function datasetInvalid(where: string, what: string, remedy: string): RingsideError {
  return new RingsideError('dataset_invalid', `${where}: ${what}`, { key: 'images', value: where, remedy })
}
